namespace LoNas.Export;

/// <summary>Writes a masked model as one GGUF file for llama.cpp, its adapter merged and its tokenizer within.</summary>
public static class GgufExport
{
    /// <summary>Writes the file.</summary>
    /// <param name="source">The masked model, or an extracted one by itself.</param>
    /// <param name="path">The file; replaced when all is on disk.</param>
    /// <param name="type">The type of the matrices; null for the checkpoint's own.</param>
    /// <param name="onProgress">Told bytes written and to be written.</param>
    /// <param name="cancel">Stops between two tensors; the former file stays.</param>
    /// <exception cref="InvalidDataException">llama.cpp has no architecture or tokenizer for it, or parts do not fit.</exception>
    public static GgufReport Save(
        MaskedModelSource source,
        string path,
        GgufType? type = null,
        Action<long, long>? onProgress = null,
        CancellationToken cancel = default)
    {
        using var model = MaskedModel.Open(source);
        var family = GgufFamily.Of(model);
        var chosen = type ?? GgufTypes.Of(model.Folder.CheckpointType);
        var metadata = family.Describe(new GgufMetadata())
            .Add("general.type", "model")
            .Add("general.name", Path.GetFileNameWithoutExtension(path))
            .Add("general.file_type", (long)GgufTypes.FileType(chosen))
            .Add("general.quantization_version", 2L);
        GgufTokenizer.Describe(metadata, model.Folder.Path, family.Config.VocabularySize);
        var tensors = GgufTensors.Of(model, family, chosen);
        GgufWriter.Save(path, metadata, tensors, onProgress, cancel);
        return new GgufReport(
            family.Architecture,
            new FileInfo(path).Length,
            [.. tensors.Where(tensor => chosen == GgufType.Q8_0 && tensor.Type == GgufType.F16).Select(tensor => tensor.Name)]);
    }
}
