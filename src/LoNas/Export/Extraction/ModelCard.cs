using System.Globalization;
using LoNas.Storage;

namespace LoNas.Export.Extraction;

/// <summary>The README.md of an extracted model: how it was made, and its figures.</summary>
internal static class ModelCard
{
    private const string FileName = "README.md";

    private const string Kept = "cut, in `adapter/`. Its adapter_config.json names this folder as the base, by the "
        + "path it was written to, so that `AutoPeftModelForCausalLM.from_pretrained` finds it; where it is moved, "
        + "`base_model_name_or_path` there must name the new place";

    public static void Save(string folder, MaskedModel model, ExtractionOptions options, ExtractionReport report)
    {
        var lines = new List<string>
        {
            "---",
            "library_name: transformers",
            "tags:",
            "- lonas",
            "---",
            "",
            $"# {Path.GetFileName(Path.TrimEndingDirectorySeparator(options.OutputDir))}",
            "",
            "A smaller model cut from a larger one: a LoNAS sub-adapter made real by LoNAS for .NET.",
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
        lines.AddRange(Warning(model, report));
        AtomicFile.WriteText(Path.Combine(folder, FileName), string.Join('\n', lines) + "\n");
    }

    /// <summary>A hub name whole; of a local folder its own name, which says enough and nothing of a machine.</summary>
    private static string NameOf(MaskedModel model) => Directory.Exists(model.Name)
        ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model.Name)))
        : model.Name;

    /// <summary>What Transformers can't load.</summary>
    private static string[] Warning(MaskedModel model, ExtractionReport report)
    {
        var config = model.Folder.Config;
        var family = model.Folder.Family;
        var reason = report.MlpWidths.Distinct().Count() > 1 ? "Its layers differ in width"
            : !family.HasMlpKey && report.MlpWidths[0] != 4 * config.HiddenSize
                ? "Its MLPs are not four times as wide as its hidden states"
            : null;
        return reason is null ? [] :
        [
            "",
            $"{reason} (`intermediate_sizes` in config.json), which Transformers can't load: use LoNAS, "
                + (family.LlamaCpp is not null ? "a GGUF exported with it, " : "")
                + "or extract it again, padded to one width.",
        ];
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
        yield return "| | uncut, with adapter | this model |";
        yield return "| --- | --- | --- |";
        yield return Row("parameters", report.Source.TotalParameters, report.Result.TotalParameters);
        yield return Row("weights of linears", report.Source.Weights, report.Result.Weights);
        yield return Row("MACs of a sample", report.Source.Macs, report.Result.Macs);
        yield return Row("bytes of weights", report.SourceBytes, report.ResultBytes);

        static string Row(string name, long before, long after) =>
            string.Create(CultureInfo.InvariantCulture, $"| {name} | {before:N0} | {after:N0} |");
    }
}
