using LoNas.Models.Attention;

namespace LoNas.Models;

/// <summary>How llama.cpp knows a family.</summary>
/// <param name="Uniform">Its architecture where all layers are alike.</param>
/// <param name="Uneven">
/// The architecture of the same computation with a width for each layer; null where it has none, so that layers are
/// padded to one width.
/// </param>
/// <param name="Modules">
/// Its names of modules, by our path, or by the path in a block, where it puts the block's number before.
/// </param>
/// <param name="Rotated">Paths in a block of the linears whose output is rotated.</param>
public sealed record LlamaCppNames(
    LlamaCppArchitecture Uniform,
    LlamaCppArchitecture? Uneven,
    IReadOnlyDictionary<string, string> Modules,
    IReadOnlyList<string> Rotated)
{
    /// <summary>Whether it multiplies by a norm's weight where the family multiplies by 1 + weight.</summary>
    public bool NormsAddOne { get; init; }

    /// <summary>
    /// Path in a block of a linear that has query, key and value of one head after the other, where it wants all
    /// queries, all keys, then all values; null for none.
    /// </summary>
    public string? FusedByHead { get; init; }
}

/// <summary>An architecture of llama.cpp, and what it has a place for.</summary>
/// <param name="Name">Its name in a GGUF file, such as <c>llama</c>.</param>
/// <param name="Interleaves">
/// Whether it rotates neighbouring features where Transformers rotates the halves of a head, so that rows must be
/// reordered.
/// </param>
public sealed record LlamaCppArchitecture(string Name, bool Interleaves = false)
{
    /// <summary>Linears that may have a bias, by the last part of their paths.</summary>
    public IReadOnlyList<string> Biased { get; init; } = [];

    /// <summary>Whether those must have one.</summary>
    public bool RequiresBias { get; init; }

    /// <summary>
    /// The scalings of rotary positions, of those that need tensors that frequencies are divided by, which it takes.
    /// </summary>
    public IReadOnlyList<string> Factors { get; init; } = [];

    /// <summary>Whether all query heads together must be as wide as the hidden states.</summary>
    public bool IsSquare { get; init; }

    /// <summary>It takes every so manieth layer for one without a window; 0 where it knows no windows.</summary>
    public int FullEvery { get; init; }

    /// <summary>Whether it has a head of its own, rather than the embedding in its place.</summary>
    public LlamaCppHead Head { get; init; }

    /// <summary>Its key for what a norm adds before the root.</summary>
    public string NormKey { get; init; } = "attention.layer_norm_rms_epsilon";
}

/// <summary>Whether an architecture of llama.cpp has a head of its own.</summary>
public enum LlamaCppHead
{
    /// <summary>Where the file has one.</summary>
    Optional,

    /// <summary>Never: the embedding is the head.</summary>
    Tied,

    /// <summary>Always: a tied one is written a second time.</summary>
    Required,
}

/// <summary>What llama.cpp must be told of a model besides the sizes that all families have.</summary>
/// <param name="KeyValueHeads">Key and value heads.</param>
/// <param name="NormEpsilon">Added to the mean square of a norm before its root.</param>
/// <param name="RopeTheta">Base of the rotary frequencies.</param>
/// <param name="RopeScaling">How rotary positions are stretched; null leaves them as they are.</param>
public sealed record LlamaCppSettings(
    long KeyValueHeads, double NormEpsilon, double RopeTheta, RopeScaling? RopeScaling = null)
{
    /// <summary>Latest positions that a query looks back to, by layer; null for all. Empty for none in any.</summary>
    public IReadOnlyList<long?> Windows { get; init; } = [];

    /// <summary>Features of a head that are rotated; null for all.</summary>
    public long? RotarySize { get; init; }

    /// <summary>Further numbers, by the key behind the architecture's name, such as <c>attention.scale</c>.</summary>
    public IReadOnlyDictionary<string, double> Numbers { get; init; } = new Dictionary<string, double>();

    /// <summary>Further switches, by such keys.</summary>
    public IReadOnlyDictionary<string, bool> Switches { get; init; } = new Dictionary<string, bool>();

    /// <summary>
    /// A module in a block whose weights are multiplied, which makes up for a factor that llama.cpp has no key for.
    /// </summary>
    public (string Module, double By)? Scaled { get; init; }

    /// <summary>What llama.cpp would compute otherwise, each by the name of its key in config.json.</summary>
    public IReadOnlyList<string> Obstacles { get; init; } = [];

    /// <summary>What it computes a little otherwise.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];
}
