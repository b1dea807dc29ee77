using LoNas.Elastic;
using LoNas.Export.Extraction;
using LoNas.Storage;

namespace LoNas.Export;

/// <summary>Writes a sub-adapter as a PEFT folder for the untouched base.</summary>
public static class PeftExport
{
    /// <summary>Writes the folder, which appears complete or not at all; gives the bytes of its weights.</summary>
    /// <param name="model">The opened model.</param>
    /// <param name="subAdapter">The sub-adapter, which must leave the base's widths whole; null is the maximal
    /// one.</param>
    /// <param name="path">The new folder.</param>
    /// <exception cref="ArgumentException">The folder exists, or there is no adapter.</exception>
    /// <exception cref="InvalidDataException">The sub-adapter cuts the base, or parts do not fit each
    /// other.</exception>
    public static long Save(ElasticModel model, SubAdapter? subAdapter, string path)
    {
        AtomicFolder.RequireFree(path);
        using var masked = MaskedModel.Of(model, subAdapter);
        CutAdapter.RequireWholeBase(masked, "a PEFT adapter");
        long bytes = 0;
        AtomicFolder.Write(
            path, folder => bytes = CutAdapter.Save(folder, masked, masked.Name, forCheckpoint: true));
        return bytes;
    }
}
