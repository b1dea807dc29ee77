using LoNas.Cli.Output;
using LoNas.Elastic;
using LoNas.Hub;

namespace LoNas.Cli.Model;

/// <summary>Which model a command works on.</summary>
internal sealed record ModelRequest
{
    public required string ModelPath { get; init; }

    /// <summary>Branch, tag or commit where <see cref="ModelPath"/> is a hub name; null: main.</summary>
    public string? ModelRevision { get; init; }

    public bool Bf16 { get; init; }

    public bool Fp16 { get; init; }

    /// <summary>Where it computes, by the names of <see cref="LoNas.Runtime.DeviceChoice"/>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Whether a GPU multiplies float32 matrices in TensorFloat-32.</summary>
    public bool Tf32 { get; init; }

    /// <summary>A fresh adapter; null where <see cref="LoraWeights"/> or the plain base is wanted.</summary>
    public LoraOptions? NewLora { get; init; }

    /// <summary>The folder of a trained adapter.</summary>
    public string? LoraWeights { get; init; }

    public string? NncfConfig { get; init; }

    public long Seed { get; init; } = 42;

    public int? Threads { get; init; }

    /// <summary>Whether the prompt is given as tokens, so that the folder needs no tokenizer.</summary>
    public bool WithoutTokenizer { get; init; }

    /// <summary>Whether only sizes matter: the weights then stay as the checkpoint stores them, mapped and untouched.</summary>
    public bool ShapesOnly { get; init; }

    /// <summary>The request with hub names replaced by the folders they stand for.</summary>
    public ModelRequest Located(ConsoleReporter console, CancellationToken cancel) => this with
    {
        ModelPath = ModelLocation.Resolve(ModelPath, ModelRevision, HubContent.Model, console, cancel),
        LoraWeights = LoraWeights is { } adapter
            ? ModelLocation.Resolve(adapter, revision: null, HubContent.Adapter, console, cancel)
            : null,
    };
}
