using LoNas.Export.Extraction;
using LoNas.Storage;

namespace LoNas.Export;

/// <summary>Writes a sub-adapter as a PEFT folder for the untouched base.</summary>
public static class PeftExport
{
    /// <summary>Writes the folder, which appears complete or not at all; gives the bytes of its weights.</summary>
    /// <param name="source">The masked model; its sub-adapter must leave the base's widths whole.</param>
    /// <param name="path">The new folder.</param>
    /// <exception cref="ArgumentException">The folder exists, or there is no adapter.</exception>
    /// <exception cref="InvalidDataException">The sub-adapter cuts the base, or parts do not fit each other.</exception>
    public static long Save(MaskedModelSource source, string path)
    {
        AtomicFolder.RequireFree(path);
        using var model = MaskedModel.Open(source);
        CutAdapter.RequireWholeBase(model, "a PEFT adapter");
        long bytes = 0;
        AtomicFolder.Write(
            path, folder => bytes = CutAdapter.Save(folder, model, model.Name, forCheckpoint: true));
        return bytes;
    }
}
