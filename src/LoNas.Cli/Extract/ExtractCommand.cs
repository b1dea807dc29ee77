using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Export.Extraction;

namespace LoNas.Cli.Extract;

/// <summary>Makes a sub-adapter a physically smaller model.</summary>
internal static class ExtractCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "extract", "cut a sub-adapter out of its base: a smaller model in a folder of its own",
        () => ExtractOptions.Table, options => options.Validate(), Run,
        new(
            "after the quickstart, its heuristic sub-adapter as a smaller model",
            "./lonas extract --model_name_or_path samples/model --lora_weights out/quickstart"
            + " --sub_adapter heuristic --output_dir out/small"),
        new(
            "the best of its search of at most 260 million MACs, in a form that every tool loads",
            "./lonas extract --model_name_or_path samples/model --lora_weights out/quickstart"
            + " --max_macs 260M --pad_to_uniform --output_dir out/small-padded"));

    private static int Run(ExtractOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        Extractor.RequirePlace(
            options.Folder.OutputDir, options.Folder.Overwrite, options.Model.ModelNameOrPath,
            options.Adapter.LoraWeights, options.Adapter.NncfConfig, options.Adapter.Choice.File);
        using var model = SourceOpening.Open(options.Model, options.Adapter, console, cancel);
        using var bar = new WritingBar(console);
        var extraction = new ExtractionOptions
        {
            OutputDir = options.Folder.OutputDir,
            Replace = options.Folder.Overwrite,
            KeepAdapter = options.KeepAdapter,
            PadToUniform = options.PadToUniform,
            PaddingName = ExtractionView.Padding,
            DType = options.Folder.DType,
            MaxShardSize = options.Folder.MaxShardSize,
            Verify = !options.Writing.NoVerify,
            OnShortage = options.Writing.Force ? console.Warn : null,
        };
        var report = Interruption.Explain(
            () => Extractor.Extract(model, model.Chosen?.SubAdapter, extraction, bar.Show, cancel),
            () => Kept.Nothing(options.Folder.OutputDir));
        if (report.Result.TotalParameters == report.Merged.TotalParameters && !options.KeepAdapter
            && options.Adapter.SubAdapter != SubAdapterChoice.Maximal)
        {
            console.Warn(WhyUncut(model, options.PadToUniform));
        }

        new ExtractionView(report, extraction, options.Writing.Json, console).Show();
        if (!options.Writing.Json)
        {
            NextSteps.Written(extraction, report.Loading.LlamaCpp, model.Folder.IsClassifier).Show(console);
        }

        return ExitCode.Success;
    }

    private static string WhyUncut(ElasticModel model, bool isPadded) => "nothing of the base is cut: "
        + (model.AdapterFolder is null ? "no adapter is given, so that this is the base in another form"
            : model.Chosen is null
                ? "the adapter has no search space (--nncf_config), so that this is what the merge command writes"
            : isPadded
                ? $"padded to one width, the sub-adapter '{model.Chosen.Name}' is as wide as the base"
                : $"the sub-adapter '{model.Chosen.Name}' cuts ranks alone, or nothing, so that this is what the merge "
                    + "command writes (--sub_adapter)");
}
