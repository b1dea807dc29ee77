using LoNas.Elastic;
using LoNas.Export.Extraction;
using LoNas.Formats.Peft;
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
    /// <param name="cancel">Stops between two tensors; nothing is left, and an existing folder stays.</param>
    /// <param name="replace">
    /// Whether a folder with the two files of an adapter, and nothing else, is replaced once the new one is complete.
    /// </param>
    /// <exception cref="ArgumentException">The folder exists and must stay, or there is no adapter.</exception>
    /// <exception cref="InvalidDataException">The sub-adapter cuts the base, or parts do not fit each
    /// other.</exception>
    public static long Save(
        ElasticModel model, SubAdapter? subAdapter, string path, CancellationToken cancel = default,
        bool replace = false)
    {
        RequirePlace(path, replace, model.Folder.Path, model.AdapterFolder);
        using var masked = MaskedModel.Of(model, subAdapter);
        CutAdapter.RequireWholeBase(masked, "a PEFT adapter");
        long bytes = 0;
        AtomicFolder.Write(
            path,
            folder =>
            {
                bytes = CutAdapter.Save(folder, masked, masked.Name, forCheckpoint: true, cancel);
                cancel.ThrowIfCancellationRequested();
            },
            replace ? Other : null);
        return bytes;
    }

    /// <summary>Checks the place of the new folder, before anything that takes long.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="replace">Whether an adapter there may be replaced.</param>
    /// <param name="inputs">What is read: files, and folders with their files; null for none.</param>
    /// <exception cref="ArgumentException">A folder is there that must stay.</exception>
    public static void RequirePlace(string path, bool replace, params string?[] inputs) =>
        AtomicFolder.RequireFree(path, replace ? Other : null, inputs);

    private static string? Other(string folder) =>
        AtomicFolder.FirstOther(folder, name => name is PeftFolder.WeightsFile or PeftConfig.FileName);
}
