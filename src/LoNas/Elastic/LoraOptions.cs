using System.Text.RegularExpressions;
using LoNas.Models;
using LoNas.Storage;

namespace LoNas.Elastic;

/// <summary>Low-rank adapters (Hu et al., 2021): y = W x + (alpha / r) B A x on the targeted linear layers.</summary>
public sealed record LoraOptions
{
    /// <summary>PEFT's name for language modelling.</summary>
    public const string CausalTask = "CAUSAL_LM";

    /// <summary>PEFT's name for sequence classification.</summary>
    public const string ClassificationTask = "SEQ_CLS";

    /// <summary>
    /// As the only pattern: every linear layer but the output head, which is PEFT's meaning of it.
    /// </summary>
    public const string AllLinear = "all-linear";

    /// <summary>Names of classifier modules, which PEFT trains in full even if they are not listed.</summary>
    private static readonly string[] Classifiers = ["classifier", "score"];

    /// <summary>The rank r; 32 by default.</summary>
    public int Rank { get; init; } = 32;

    /// <summary>The numerator alpha of the scaling; 64 by default.</summary>
    public double Alpha { get; init; } = 64;

    /// <summary>The probability of dropping an element of the adapter's input in training; 0 by default.</summary>
    public double Dropout { get; init; }

    /// <summary>
    /// Names of the targeted layers, matched at the end of their paths, or a single pattern; q_proj and v_proj by
    /// default.
    /// </summary>
    public IReadOnlyList<string> TargetModules { get; init; } = ["q_proj", "v_proj"];

    /// <summary>
    /// Whether <see cref="TargetModules"/> is a single regular expression for the whole path, as PEFT allows, or
    /// <see cref="AllLinear"/>.
    /// </summary>
    public bool TargetIsPattern { get; init; }

    /// <summary>Ranks of layers that differ from <see cref="Rank"/>, by PEFT's patterns; none by default.</summary>
    public LayerPattern<int> RankPattern { get; init; } = LayerPattern<int>.None;

    /// <summary>Alphas of layers that differ from <see cref="Alpha"/>, by PEFT's patterns; none by default.</summary>
    public LayerPattern<double> AlphaPattern { get; init; } = LayerPattern<double>.None;

    /// <summary>Whether the scaling is alpha / sqrt(r) (Kalajdzievski, 2023) in place of alpha / r.</summary>
    public bool UseRslora { get; init; }

    /// <summary>
    /// Names of modules that are trained in full in addition to the adapters, such as classifier; none by default.
    /// </summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>
    /// PEFT's name for the task; CAUSAL_LM by default. With SEQ_CLS the classifier is trained in full.
    /// </summary>
    public string TaskType { get; init; } = CausalTask;

    /// <summary>The scaling of layers that match no pattern.</summary>
    public double Scaling => ScalingOf(Alpha, Rank);

    /// <summary>
    /// What is wrong with an alpha whose scaling no float32 holds, in which adapters compute; null where all are right.
    /// </summary>
    public string? ScalingProblem
    {
        get
        {
            var pairs =
                from alpha in AlphaPattern.Values.Select(entry => entry.Value).Prepend(Alpha)
                from rank in RankPattern.Values.Select(entry => entry.Value).Prepend(Rank)
                where !IsScaling(alpha, ScalingOf(alpha, rank))
                select FormattableString.Invariant(
                    $"lora_alpha {alpha} with the rank {rank} makes the scaling {ScalingOf(alpha, rank)}")
                    + ", which float32 does not hold; expected a number such as 16 or 64";
            return pairs.FirstOrDefault();
        }
    }

    /// <summary>The rank of the layer at <paramref name="path"/>.</summary>
    public int RankOf(string path) => RankPattern.Find(path, Rank);

    /// <summary>
    /// The scaling alpha / r of the layer at <paramref name="path"/>. r is the full rank, even if the rank is cut.
    /// </summary>
    public double ScalingOf(string path) => ScalingOf(AlphaPattern.Find(path, Alpha), RankOf(path));

    /// <summary>Whether the layer at <paramref name="path"/> has an adapter, by PEFT's rule.</summary>
    public bool Targets(string path) => IsAllLinear ? !IsHead(path)
        : TargetIsPattern ? LayerPattern.IsMatch(path, LayerPattern.Whole(TargetModules[0]))
        : TargetModules.Any(name => IsNamed(path, name));

    /// <summary>Whether a text is <see cref="AllLinear"/>, whatever its case, as PEFT takes it.</summary>
    public static bool IsAllLinearName(string text) => text.Equals(AllLinear, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The same with names in place of a pattern: names that target the same layers, short ones where that is so.
    /// </summary>
    /// <param name="paths">The model's linear layers.</param>
    public LoraOptions Named(IReadOnlyCollection<string> paths)
    {
        if (!TargetIsPattern && !IsAllLinear)
        {
            return this;
        }

        string[] targeted = [.. paths.Where(Targets)];
        var named = this with
        {
            TargetIsPattern = false,
            TargetModules = [.. targeted.Select(path => path[(path.LastIndexOf('.') + 1)..]).Distinct()],
        };
        bool isSame = paths.All(path => named.Targets(path) == Targets(path));
        return isSame ? named : named with { TargetModules = targeted };
    }

    /// <summary>Names of the modules that are trained in full, including those that the task implies.</summary>
    public IEnumerable<string> InFull =>
        TaskType == ClassificationTask ? ModulesToSave.Concat(Classifiers) : ModulesToSave;

    /// <summary>
    /// Whether the module at <paramref name="path"/> is trained in full. By PEFT's rule it is if its path, or the path
    /// of a module that contains it, ends with one of the names.
    /// </summary>
    public bool TrainsInFull(string path) => InFull.Any(name => TrainsInFull(path, name));

    /// <summary>Whether this one name makes the module train in full.</summary>
    internal static bool TrainsInFull(string path, string name)
    {
        var parts = path.Split('.');
        return Enumerable.Range(1, parts.Length).Any(count =>
            string.Join('.', parts.Take(count)).EndsWith(name, StringComparison.Ordinal));
    }

    /// <summary>Whether every linear layer but the head is targeted.</summary>
    internal bool IsAllLinear => TargetModules is [var only] && IsAllLinearName(only);

    /// <summary>The head of a language model, and of a classifier that is trained in full.</summary>
    private bool IsHead(string path) => ModelFamilies.IsHead(path)
        || (TaskType == ClassificationTask && Classifiers.Contains(path));

    private double ScalingOf(double alpha, int rank) => UseRslora ? alpha / Math.Sqrt(rank) : alpha / rank;

    /// <summary>An alpha of 0 turns an adapter off; one that only becomes 0 is a mistake.</summary>
    private static bool IsScaling(double alpha, double scaling) =>
        float.IsFinite((float)scaling) && ((float)scaling != 0 || alpha == 0);

    private static bool IsNamed(string path, string name) =>
        path == name || path.EndsWith($".{name}", StringComparison.Ordinal);
}

/// <summary>
/// Values for individual layers, as in PEFT's <c>rank_pattern</c> and <c>alpha_pattern</c>. Each key is a name or a
/// regular expression for the end of a layer's path; the first match counts.
/// </summary>
/// <param name="Values">The patterns in order, with their values.</param>
public sealed record LayerPattern<T>(IReadOnlyList<(string Key, T Value)> Values)
{
    /// <summary>No patterns: all layers have the default value.</summary>
    public static LayerPattern<T> None { get; } = new([]);

    /// <summary>
    /// The value for the layer at <paramref name="path"/>; <paramref name="otherwise"/> if no pattern matches.
    /// </summary>
    /// <exception cref="InvalidDataException">Matching a pattern takes too long.</exception>
    public T Find(string path, T otherwise)
    {
        foreach (var (key, value) in Values)
        {
            if (LayerPattern.IsMatch(path, LayerPattern.End(key)))
            {
                return value;
            }
        }

        return otherwise;
    }
}

/// <summary>Matches regular expressions from untrusted files, with a time limit.</summary>
internal static class LayerPattern
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>What a pattern for whole paths is matched as.</summary>
    public static string Whole(string pattern) => $"^(?:{pattern})\\z";

    /// <summary>What a pattern for the end of a path is matched as.</summary>
    public static string End(string pattern) => $@"^(.*\.)?({pattern})$";

    /// <exception cref="InvalidDataException">Matching takes too long.</exception>
    public static bool IsMatch(string path, string pattern)
    {
        try
        {
            return Regex.IsMatch(path, pattern, RegexOptions.CultureInvariant, Longest);
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new InvalidDataException(
                $"The pattern '{Excerpt.Of(pattern)}' of the adapter takes over {Longest.TotalSeconds:0} s on "
                + $"'{path}'; make it simpler", error);
        }
    }
}
