using System.Text.RegularExpressions;
using LoNas.Formats.Peft;
using LoNas.Storage;

namespace LoNas.Export.Extraction;

/// <summary>
/// Tells folders that were extracted or merged from others, by what is in them: only those are replaced.
/// </summary>
internal static partial class ExtractedFolder
{
    /// <summary>What is in a folder that no extraction wrote; null where there is nothing.</summary>
    public static string? Other(string folder) => AtomicFolder.FirstOther(folder, IsOwn)
        ?? (ModelCard.IsIn(folder) ? null : $"it has no {ModelCard.FileName} that was written with it");

    private static bool IsOwn(string name) => Names().IsMatch(name) || SourceFiles.MayCopy(name)
        || name is Extractor.AdapterFolder or $"{Extractor.AdapterFolder}/{PeftFolder.WeightsFile}"
            or $"{Extractor.AdapterFolder}/{PeftConfig.FileName}";

    [GeneratedRegex(@"^(config\.json|README\.md|model(-\d{5}-of-\d{5})?\.safetensors"
        + @"|model\.safetensors\.index\.json)$")]
    private static partial Regex Names();
}
