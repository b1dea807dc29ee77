using static TorchSharp.torch;

namespace LoNas.Export.Extraction;

/// <summary>How a sub-adapter becomes a model folder.</summary>
public sealed record ExtractionOptions
{
    /// <summary>The new folder; it must not exist, or be empty, or <see cref="Replace"/> allows it.</summary>
    public required string OutputDir { get; init; }

    /// <summary>
    /// Whether an earlier output of this kind is replaced, once the new one is complete; false by default. A folder
    /// that holds anything else, or what is read, stays whatever this says.
    /// </summary>
    public bool Replace { get; init; }

    /// <summary>Whether the cut adapter stays beside the cut base, in <c>adapter/</c>; merged by default.</summary>
    public bool KeepAdapter { get; init; }

    /// <summary>Whether a sub-adapter that cuts the base's widths is refused; false by default.</summary>
    public bool RequireWholeBase { get; init; }

    /// <summary>
    /// Whether MLPs are padded with zeros to one width, so that any tool can load the folder; false by default.
    /// </summary>
    public bool PadToUniform { get; init; }

    /// <summary>
    /// What <see cref="PadToUniform"/> is called where users set it, for the model card; by default it is described.
    /// </summary>
    public string? PaddingName { get; init; }

    /// <summary>Element type of the weights: float32, float16 or bfloat16; the checkpoint's own by default.</summary>
    public ScalarType? DType { get; init; }

    /// <summary>Most bytes of a weight file; 5 GB by default.</summary>
    public long MaxShardSize { get; init; } = 5_000_000_000;

    /// <summary>Whether the output is read back and compared with the masked model; true by default.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>
    /// Is told where the disk seems too small; null, the default: it then fails before anything is written.
    /// </summary>
    public Action<string>? OnShortage { get; init; }
}
