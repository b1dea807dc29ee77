using LoNas.Formats.Nncf;

namespace LoNas.Export;

/// <summary>Which masked model is to be made real: a base, its adapter and the choice of a sub-adapter.</summary>
public sealed record MaskedModelSource
{
    /// <summary>The Hugging Face folder of the base.</summary>
    public required string ModelPath { get; init; }

    /// <summary>What the base is called in what is written, such as a hub name; null is its folder.</summary>
    public string? Name { get; init; }

    /// <summary>The PEFT folder of the adapter; null for the base alone.</summary>
    public string? AdapterPath { get; init; }

    /// <summary>The search space of the adapter; null where nothing is cut.</summary>
    public NncfConfiguration? Configuration { get; init; }

    /// <summary>
    /// maximal, heuristic, minimal, a JSON file or an entry of a front such as <c>pareto_front.json#3</c>; null is
    /// heuristic where there is a search space. With one of the limits below it is a front, and null the adapter's own.
    /// </summary>
    public string? SubAdapter { get; init; }

    /// <summary>Most MACs of a sample: chooses the best of a front up to them; null is no limit.</summary>
    public double? MaxMacs { get; init; }

    /// <summary>Least validation accuracy: chooses the smallest of a front from there; null is no limit.</summary>
    public double? MinAccuracy { get; init; }

    /// <summary>Whether the sub-adapter is chosen from a front by a limit.</summary>
    public bool IsLimited => MaxMacs is not null || MinAccuracy is not null;
}
