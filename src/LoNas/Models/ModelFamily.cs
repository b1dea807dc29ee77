using System.Text.Json;

namespace LoNas.Models;

/// <summary>
/// A model family: how its config.json is read, and every fact that other parts of the program need to know of it.
/// Paths of linears are those of the checkpoint. <see cref="ModelFamilies"/> holds the families there are.
/// </summary>
public sealed record ModelFamily
{
    /// <summary>The family's name in config.json, such as <c>bloom</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>
    /// Describes a model by its config.json, which the text names in errors: <see cref="InvalidDataException"/> where
    /// keys are unusable.
    /// </summary>
    public required Func<JsonElement, string, ModelDescription> Read { get; init; }

    /// <summary>
    /// The config.json of the part that is read, which is of a family of its own; null where all of it is.
    /// </summary>
    internal Func<JsonElement, JsonElement>? Part { get; init; }

    /// <summary>Whether its models are classifiers, and else language models.</summary>
    public bool IsClassifier { get; init; }

    /// <summary>
    /// The class of Transformers that a written classifier names in config.json, since its base may be the encoder
    /// alone; null leaves the base's.
    /// </summary>
    public string? Architecture { get; init; }

    /// <summary>
    /// The key of config.json by which a model has a part beside its text, where the family is its text part alone; or
    /// null.
    /// </summary>
    public string? TextPartOf { get; init; }

    /// <summary>Path of the list of blocks, such as <c>model.layers</c>.</summary>
    public required string BlockPath { get; init; }

    /// <summary>Path of the token embedding, which a tied head shares.</summary>
    public required string EmbeddingPath { get; init; }

    /// <summary>Path of a language model's head, also where it is tied; <c>lm_head</c> by default.</summary>
    public string HeadPath { get; init; } = LinearLayout.LanguageHead;

    /// <summary>Names of the linears that get an adapter where nothing else is said.</summary>
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>
    /// What can be cut in a block, in the order of an NNCF configuration: each for all blocks before the next.
    /// </summary>
    public IReadOnlyList<BlockCut> Cuts { get; init; } = [];

    /// <summary>
    /// Whether config.json has a key for the MLP's width; without one it is four times the hidden size, whatever tool
    /// reads it. True by default.
    /// </summary>
    public bool HasMlpKey { get; init; } = true;

    /// <summary>That key; <c>intermediate_size</c> by default.</summary>
    public string MlpKey { get; init; } = "intermediate_size";

    /// <summary>What an NNCF configuration must know; null where none can be written for the family.</summary>
    public NncfNames? Nncf { get; init; }

    /// <summary>Which linears keep less than others for their gradient.</summary>
    public KeptActivations Kept { get; init; } = new();

    /// <summary>How llama.cpp knows the family; null where it can't be written as GGUF.</summary>
    public LlamaCppNames? LlamaCpp { get; init; }
}

/// <summary>What the width of a cut counts.</summary>
public enum CutKind
{
    /// <summary>The rank of adapters.</summary>
    Rank,

    /// <summary>Features of an MLP.</summary>
    Mlp,

    /// <summary>Features of whole attention heads.</summary>
    Heads,
}

/// <summary>Linears that are cut together in every block of a family.</summary>
/// <param name="Kind">What the width counts.</param>
/// <param name="Module">The module in the block that holds the linears, such as <c>mlp</c>.</param>
/// <param name="Linears">Their names in the module; those that have an adapter, of a rank's.</param>
/// <param name="Consumer">
/// The path in the block of the linear that reads their outputs, and so follows on its input side; null for ranks,
/// which nothing follows.
/// </param>
public sealed record BlockCut(CutKind Kind, string Module, IReadOnlyList<string> Linears, string? Consumer = null);

/// <summary>What an NNCF configuration must know of a family beyond its cuts.</summary>
/// <param name="BlockScope">Scope of a block up to its index, with the class names of PEFT and Transformers.</param>
/// <param name="Classes">Class names of the modules in a block by their path in it.</param>
/// <param name="DynamicInput">
/// Module and name of a linear whose input NNCF must be told to follow a cut; or null.
/// </param>
public sealed record NncfNames(
    string BlockScope, IReadOnlyDictionary<string, string> Classes, (string Module, string Name)? DynamicInput = null)
{
    /// <summary>Whether the model is told which segment a token is of; no by default.</summary>
    public bool HasTokenTypes { get; init; }
}

/// <summary>
/// What training keeps of a block's activations. A linear usually keeps its input, where it has an adapter, and its
/// output is kept by what comes next; these are the exceptions, by the last part of the linears' paths.
/// </summary>
public sealed record KeptActivations
{
    /// <summary>Linears whose output goes into a sum, which keeps nothing.</summary>
    public IReadOnlyList<string> Summed { get; init; } = [];

    /// <summary>Linears whose input another one keeps already.</summary>
    public IReadOnlyList<string> SharesInput { get; init; } = [];

    /// <summary>Linears whose output attention keeps once for every query head: keys and values.</summary>
    public IReadOnlyList<string> RepeatedHeads { get; init; } = [];

    /// <summary>Linears whose output a norm takes and keeps, beside the attention that keeps what it gives.</summary>
    public IReadOnlyList<string> Normed { get; init; } = [];

    /// <summary>Whether attention keeps its weights where sequences are short; yes by default.</summary>
    public bool KeepsWeights { get; init; } = true;

    /// <summary>
    /// Linears of queries, keys and values together, which attention keeps once for every query head.
    /// </summary>
    public IReadOnlyList<string> FusedHeads { get; init; } = [];

    /// <summary>
    /// Whether attention adds a bias to its scores. It is then left to libtorch's own, which keeps no weights of it.
    /// </summary>
    public bool HasBias { get; init; }
}
