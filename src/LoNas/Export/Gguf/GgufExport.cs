using LoNas.Elastic;
using LoNas.Export.Extraction;
using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Export.Gguf;

/// <summary>The result of a GGUF export.</summary>
/// <param name="Architecture">llama.cpp's name, such as deci; for an adapter, that of its base.</param>
/// <param name="Bytes">The size of the file.</param>
/// <param name="Check">How much its logits differ from those of the masked model; null if it was not checked.</param>
/// <param name="Halved">Tensors written as F16 because their rows are not a multiple of the block size of Q8_0.</param>
public sealed record GgufReport(string Architecture, long Bytes, LogitDifference? Check, IReadOnlyList<string> Halved)
{
    /// <summary>Whether the model's folder had a chat template, which the file then has too.</summary>
    public bool HasChatTemplate { get; init; }

    /// <summary>Where the file computes the same only in part, or is larger than the model.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];
}

/// <summary>
/// Writes a masked model as one GGUF file for llama.cpp, its adapter merged and its tokenizer within.
/// </summary>
public static class GgufExport
{
    /// <summary>Writes the file.</summary>
    /// <param name="model">
    /// The opened model. Open it with <see cref="ModelUse.Stored"/>, otherwise it is opened a second time.
    /// </param>
    /// <param name="subAdapter">The sub-adapter to cut out; null cuts nothing.</param>
    /// <param name="path">The file. An existing file is replaced only when the new one is complete.</param>
    /// <param name="type">The type of the matrices; null for the type of the checkpoint.</param>
    /// <param name="verify">
    /// Whether to read the file back and compare its logits with those of the masked model.
    /// </param>
    /// <param name="onProgress">Called with the bytes written so far and the total.</param>
    /// <param name="cancel">Stops between two tensors; an existing file stays.</param>
    /// <param name="onShortage">
    /// Called with a message if the disk seems too small; null to throw an exception instead.
    /// </param>
    /// <param name="replace">Whether a file that is there, also since a moment ago, may be replaced.</param>
    /// <exception cref="IOException">The disk is full, or too small for the file.</exception>
    /// <exception cref="ArgumentException">The path is a folder.</exception>
    /// <exception cref="SelfCheckException">
    /// The logits differ from those of the masked model. No file is left.
    /// </exception>
    /// <exception cref="InvalidDataException">
    /// llama.cpp has no architecture or tokenizer for this model, or its parts do not fit together.
    /// </exception>
    public static GgufReport Save(
        ElasticModel model,
        SubAdapter? subAdapter,
        string path,
        GgufType? type = null,
        bool verify = true,
        Action<long, long>? onProgress = null,
        CancellationToken cancel = default,
        Action<string>? onShortage = null,
        bool replace = true)
    {
        RequireNoFolder(path);
        using var masked = MaskedModel.Of(model, subAdapter);
        var family = GgufFamily.Of(masked);
        var chosen = type ?? GgufTypes.Of(masked.Folder.CheckpointType);
        var metadata = family.Describe(new GgufMetadata())
            .Add("general.type", "model")
            .Add("general.name", Path.GetFileNameWithoutExtension(path))
            .Add("general.file_type", (long)GgufTypes.FileType(chosen))
            .Add("general.quantization_version", 2L);
        GgufTokenizer.Describe(metadata, masked.Folder.Path, family.Config.VocabularySize);
        bool hasTemplate = GgufChatTemplate.Describe(metadata, masked.Folder.Path);
        var tensors = GgufTensors.Of(masked, family, chosen);
        LogitDifference? check = null;
        AtomicFile.Place(path, temporary =>
        {
            // Here the folder can be written: of one that can't be, the free space says nothing.
            FreeDisk.Require(path, tensors.Sum(tensor => tensor.Bytes), onShortage);
            GgufWriter.Save(temporary, metadata, tensors, onProgress, cancel);
            check = verify ? Check(masked, temporary, family, chosen, cancel).Require(path) : null;
            cancel.ThrowIfCancellationRequested();
        }, replace);
        return new GgufReport(
            family.Architecture,
            new FileInfo(path).Length,
            check,
            [
                .. tensors.Where(tensor => chosen == GgufType.Q8_0 && tensor.Type == GgufType.F16)
                    .Select(tensor => tensor.Name),
            ])
        {
            HasChatTemplate = hasTemplate,
            Notices = family.Notices,
        };
    }

    /// <summary>Throws, before anything is computed, if a folder has the name of the file.</summary>
    /// <exception cref="ArgumentException">The path is a folder.</exception>
    internal static void RequireNoFolder(string path)
    {
        if (Directory.Exists(path))
        {
            throw new ArgumentException(
                $"The output '{path}' is a folder; give the file to write, such as a name in it");
        }
    }

    private static LogitDifference Check(
        MaskedModel masked, string path, GgufFamily family, GgufType type, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        var prompt = CheckPrompt.Of(masked.Folder);
        var expected = masked.Logits(prompt, cancel);
        cancel.ThrowIfCancellationRequested();
        return LogitDifference.Between(expected, GgufModel.Logits(path, family, prompt), type);
    }
}
