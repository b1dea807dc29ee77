using System.Text.RegularExpressions;

namespace LoNas.Adapters;

/// <summary>Low-rank adapters (Hu et al., 2021): y = W x + (alpha / r) B A x on the targeted linear layers.</summary>
public sealed record LoraOptions
{
    /// <summary>Rank r; 8 by default.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>Numerator of the scaling; 16 by default.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Probability of dropping an element of the branch's input while training; 0.05 by default.</summary>
    public double Dropout { get; init; } = 0.05;

    /// <summary>Names of the targeted layers, matched at the end of their paths, or one regular expression.</summary>
    public IReadOnlyList<string> TargetModules { get; init; } = ["q_proj", "v_proj"];

    /// <summary>Whether <see cref="TargetModules"/> is one regular expression for the whole path, as PEFT allows.</summary>
    public bool TargetIsPattern { get; init; }

    /// <summary>alpha / r; it stays that of the full rank when a sub-adapter cuts the rank.</summary>
    public double Scaling => Alpha / Rank;

    /// <summary>Whether the layer at <paramref name="path"/> gets an adapter, by PEFT's rule.</summary>
    public bool Targets(string path) => TargetIsPattern
        ? Regex.IsMatch(path, $"^(?:{TargetModules[0]})$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1))
        : TargetModules.Any(name => path == name || path.EndsWith($".{name}", StringComparison.Ordinal));
}
