using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Hub;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using static TorchSharp.torch;

namespace LoNas;

/// <summary>What a model is opened for, which decides how its weights are held.</summary>
public enum ModelUse
{
    /// <summary>
    /// To train, search, evaluate and generate: weights in the element type and on the device asked for.
    /// </summary>
    Compute,

    /// <summary>To count: weights stay mapped and untouched, so that opening costs no memory.</summary>
    Shapes,

    /// <summary>
    /// To extract and export: every weight stays mapped in the type that the checkpoint stores it in. Such a model can
    /// be read but does not compute.
    /// </summary>
    Stored,
}

/// <summary>
/// Which model to open, with which adapter, search space and sub-adapter. Folders may be given as hub names.
/// </summary>
public sealed record OpenOptions
{
    /// <summary>The base model: a Hugging Face folder, or a hub name such as <c>yahma/llama-7b-hf</c>.</summary>
    public required string Model { get; init; }

    /// <summary>What written files call the base model; null, the default, is <see cref="Model"/>.</summary>
    public string? Name { get; init; }

    /// <summary>Branch, tag or commit of a hub name; null, the default, is main.</summary>
    public string? Revision { get; init; }

    /// <summary>What it is opened for; <see cref="ModelUse.Compute"/> by default.</summary>
    public ModelUse Use { get; init; } = ModelUse.Compute;

    /// <summary>
    /// Element type of the base: float32, bfloat16 or float16; null, the default, is the checkpoint's own. A CPU
    /// computes in bfloat16 where float16 is meant, which the log says.
    /// </summary>
    public ScalarType? ElementType { get; init; }

    /// <summary>
    /// Where it computes: auto, cpu, cuda or cuda:N; auto, the default, is a GPU where there is one. A classifier
    /// computes on the CPU.
    /// </summary>
    public string Device { get; init; } = "auto";

    /// <summary>Whether a GPU multiplies float32 matrices in TensorFloat-32; no by default.</summary>
    public bool Tf32 { get; init; }

    /// <summary>A new adapter, to be trained; null, the default, for none or a trained one.</summary>
    public LoraOptions? NewAdapter { get; init; }

    /// <summary>The PEFT folder or hub name of a trained adapter; null, the default, for none or a new one.</summary>
    public string? Adapter { get; init; }

    /// <summary>Dropout of a trained adapter that is trained on; null, the default, keeps its own.</summary>
    public double? Dropout { get; init; }

    /// <summary>
    /// The NNCF configuration that says what can be cut; null, the default, takes the one that a trained adapter was
    /// saved with.
    /// </summary>
    public string? ConfigurationFile { get; init; }

    /// <summary>The same as a value, such as one that was just made, in place of a file.</summary>
    public NncfConfiguration? Configuration { get; init; }

    /// <summary>The sub-adapter to cut to from the start; null, the default, cuts nothing.</summary>
    public SubAdapterChoice? SubAdapter { get; init; }

    /// <summary>Seed of a new adapter's weights and of dropout; 42 by default.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>
    /// Threads of a CPU, for the whole process; null, the default, is the number of physical cores, or what an earlier
    /// opening set.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>Whether the folder needs a tokenizer, since text will be read or written; yes by default.</summary>
    public bool NeedsTokenizer { get; init; } = true;

    /// <summary>Whether a classifier is refused, before its weights are read; no by default.</summary>
    public bool NeedsLanguageModel { get; init; }

    /// <summary>Whether a language model is refused, before its weights are read; no by default.</summary>
    public bool NeedsClassifier { get; init; }

    /// <summary>
    /// Scores of a classifier, 1 for a number to be regressed; null, the default, is the number of
    /// <see cref="LabelNames"/>, else a trained adapter's own, else config.json's.
    /// </summary>
    public int? Labels { get; init; }

    /// <summary>
    /// Names of a classifier's labels in their order, which are saved with its adapter and stand in the config.json of
    /// a model that is cut from it; null, the default, takes a trained adapter's own, else config.json's.
    /// </summary>
    public IReadOnlyList<string>? LabelNames { get; init; }

    /// <summary>Is told what the user should know, as warnings and information; nobody by default.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Is told how far a download is; nobody by default.</summary>
    public Action<HubProgress>? OnDownload { get; init; }

    /// <summary>Where hub names are looked up; the environment's settings by default.</summary>
    public HubSettings? Hub { get; init; }

    /// <summary>How long the hub is waited for; null, the default, is as its settings say.</summary>
    public TimeSpan? HubTimeout { get; init; }
}
