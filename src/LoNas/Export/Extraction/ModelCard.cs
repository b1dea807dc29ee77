using System.Globalization;
using LoNas.Storage;

namespace LoNas.Export.Extraction;

/// <summary>The README.md of an extracted model: how it was made, what loads it, and its figures.</summary>
internal static class ModelCard
{
    public const string FileName = "README.md";

    private const string Program = "LoNAS for .NET";

    private const string Kept = "cut, in `adapter/`. Its adapter_config.json names this folder as the base, by the "
        + "path it was written to, so that `AutoPeftModelForCausalLM.from_pretrained` finds it; where it is moved, "
        + "`base_model_name_or_path` there must name the new place";

    /// <summary>Whether a folder has a card of this program.</summary>
    public static bool IsIn(string folder) => Path.Combine(folder, FileName) is var path && File.Exists(path)
        && InputPath.ReadText(path, "model card").Contains(Program, StringComparison.Ordinal);

    public static void Save(string folder, MaskedModel model, ExtractionOptions options, ExtractionReport report)
    {
        var lines = new List<string>
        {
            "---",
            $"library_name: {(report.Loading.Anywhere ? "transformers" : "lonas")}",
            "tags:",
            "- lonas",
            "---",
            "",
            $"# {Path.GetFileName(Path.TrimEndingDirectorySeparator(options.OutputDir))}",
            "",
            options.RequireWholeBase
                ? $"A base model with an adapter merged into it by {Program}; nothing is cut."
                : $"A smaller model cut from a larger one: a LoNAS sub-adapter made real by {Program}.",
            "",
            $"- base: {NameOf(model)}, "
                + $"{model.Folder.Config.ModelType}, {ElementTypes.NameOf(model.Folder.CheckpointType)}",
            "- adapter: "
            + $"{(model.Adapter.Options is null ? "none" : options.KeepAdapter ? Kept : "merged")}",
        };
        if (model.SubAdapter is { } subAdapter)
        {
            lines.Add($"- sub-adapter: `{model.Adapter.Space!.ToJson(subAdapter)}`");
        }

        lines.AddRange(Figures(report));
        lines.AddRange(Loading(options, report.Loading));
        AtomicFile.WriteText(Path.Combine(folder, FileName), string.Join('\n', lines) + "\n");
    }

    /// <summary>A hub name whole; of a local folder its own name, which says enough and nothing of a machine.</summary>
    private static string NameOf(MaskedModel model) => Directory.Exists(model.Name)
        ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model.Name)))
        : model.Name;

    private static IEnumerable<string> Loading(ExtractionOptions options, LoadableBy loading)
    {
        var padded = options.PaddingName is { } name ? $"with `{name}`" : "padded to one width";
        var again = options.KeepAdapter ? $"merged and {padded}" : padded;
        yield return "";
        yield return "## What loads it";
        yield return "";
        yield return "- LoNAS for .NET: this folder";
        if (loading.LlamaCpp)
        {
            yield return "- llama.cpp: a GGUF file that LoNAS for .NET exports from this folder";
        }

        yield return loading.Anywhere
            ? $"- Transformers, and tools that read its folders: this folder{loading.Limit}"
            : $"- Transformers, and tools that read its folders: not this one, since {loading.Obstacle} "
                + $"(`intermediate_sizes` in config.json). Extracted again {again} it loads there too, "
                + "and is larger";
    }

    private static IEnumerable<string> Figures(ExtractionReport report)
    {
        var culture = CultureInfo.InvariantCulture;
        yield return $"- MLP widths by layer: {string.Join(", ", report.MlpWidths)}";
        yield return report.Check is { } check
            ? $"- largest difference of its logits from the masked model's: {check.Largest.ToString("g3", culture)} "
                + $"({check.Relative.ToString("g3", culture)} of the largest logit)"
            : "- its logits were not compared with the masked model's";
        yield return "";
        yield return "| | uncut, with adapter | uncut, merged | this model |";
        yield return "| --- | --- | --- | --- |";
        yield return Row(
            "parameters", report.Source.TotalParameters, report.Merged.TotalParameters, report.Result.TotalParameters);
        yield return Row("weights of linears", report.Source.Weights, report.Merged.Weights, report.Result.Weights);
        yield return Row("MACs of a sample", report.Source.Macs, report.Merged.Macs, report.Result.Macs);
        yield return Row("bytes of weights", report.SourceBytes, report.MergedBytes, report.ResultBytes);

        static string Row(string name, long withAdapter, long merged, long after) =>
            string.Create(CultureInfo.InvariantCulture, $"| {name} | {withAdapter:N0} | {merged:N0} | {after:N0} |");
    }
}
