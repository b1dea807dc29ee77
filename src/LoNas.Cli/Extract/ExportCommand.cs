using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Export;
using LoNas.Export.Gguf;

namespace LoNas.Cli.Extract;

/// <summary>Writes a model or an adapter in the form of another program.</summary>
internal static class ExportCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "export", "write a model as GGUF for llama.cpp, or an adapter for PEFT or llama.cpp",
        () => ExportOptions.Table, options => options.Validate(), Run,
        new(
            "after the quickstart, its heuristic sub-adapter for llama.cpp",
            "./lonas export --to gguf --model_name_or_path samples/model --lora_weights out/quickstart"
            + " --sub_adapter heuristic --output out/small.gguf --dtype q8_0"),
        new(
            "its whole adapter for PEFT",
            "./lonas export --to peft --model_name_or_path samples/model --lora_weights out/quickstart"
            + " --sub_adapter maximal --output out/whole-peft"));

    private static int Run(ExportOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        RequirePlace(options, options.Model.ModelNameOrPath, options.Adapter.LoraWeights);
        using var model = SourceOpening.Open(options.Model, options.Adapter, console, cancel);
        var subAdapter = model.Chosen?.SubAdapter;
        // Again: what was named by its hub name has a folder now.
        RequirePlace(options, model.Folder.Path, model.AdapterFolder);
        if (options.To == ExportTarget.Peft)
        {
            long bytes = Interruption.Explain(
                () => PeftExport.Save(model, subAdapter, options.Output, cancel, options.Overwrite),
                () => Kept.Nothing(options.Output));
            Show(new GgufReport("", bytes, Check: null, []), options, model, console);
            return ExitCode.Success;
        }

        using var bar = new WritingBar(console);
        var report = Interruption.Explain(
            () => options.To == ExportTarget.Gguf
                ? GgufExport.Save(
                    model, subAdapter, options.Output, options.DType, !options.Writing.NoVerify, bar.Show, cancel,
                    options.Writing.Force ? console.Warn : null, options.Overwrite)
                : GgufLoraExport.Save(model, subAdapter, options.Output, options.DType, cancel, options.Overwrite),
            () => Kept.Nothing(options.Output));
        if (options.To == ExportTarget.Gguf && !report.HasChatTemplate)
        {
            console.Warn(
                "the model has no chat template, so neither has the file, and chat programs make one up. Give "
                + "llama.cpp whole prompts and -no-cnv (docs/extraction.md) or, if the model was trained with the "
                + "instruction prompt, which run-math and run-commonsense have, "
                + ShellLine.Of(NextSteps.TrainingPrompt));
        }

        Show(report, options, model, console);
        return ExitCode.Success;
    }

    private static void RequirePlace(ExportOptions options, string model, string? adapter)
    {
        string?[] inputs = [model, adapter, options.Adapter.NncfConfig, options.Adapter.Choice.File];
        if (options.To == ExportTarget.Peft)
        {
            PeftExport.RequirePlace(options.Output, options.Overwrite, inputs);
        }
        else
        {
            OutputFile.Require(options.Output, options.Overwrite, inputs);
        }
    }

    private static void Show(
        GgufReport report, ExportOptions options, ElasticModel model, ConsoleReporter console)
    {
        foreach (var notice in report.Notices)
        {
            console.Warn(notice);
        }

        foreach (var name in report.Halved)
        {
            console.Warn($"'{name}' is F16: its rows are no multiple of the 32 elements of a Q8_0 block");
        }

        if (options.Writing.Json)
        {
            console.Verbatim(new JsonObject
            {
                ["output"] = options.Output,
                ["bytes"] = report.Bytes,
                ["architecture"] = report.Architecture.Length == 0 ? null : report.Architecture,
                ["largest_logit_difference"] = report.Check?.Largest,
                ["relative_logit_difference"] = report.Check?.Relative,
                ["f16_tensors"] = new JsonArray([.. report.Halved.Select(name => (JsonNode)JsonValue.Create(name))]),
            }.ToJsonString());
            return;
        }

        var architecture = report.Architecture.Length == 0 ? "" : $", architecture {report.Architecture}";
        architecture += options.Adapter.LoraWeights is null ? "; the model alone, no adapter was given" : "";
        console.Line(FormattableString.Invariant($"{options.Output}: {report.Bytes:N0} bytes{architecture}"));
        if (report.Check is { } check)
        {
            console.Line(string.Create(CultureInfo.InvariantCulture,
                $"largest logit difference from the masked model: {check.Largest:g3} "
                + $"({check.Relative:g3} of the largest logit)"));
        }

        Next(report, options, model).Show(console);
    }

    private static NextStep Next(GgufReport report, ExportOptions options, ElasticModel model)
    {
        var whole = FreeName.Here(options.Model.ModelNameOrPath, ".gguf");
        return options.To switch
        {
            ExportTarget.Peft when model.Folder.IsClassifier => NextSteps.Inspect(options.Model),
            ExportTarget.Peft => NextSteps.Generate(options.Model, options.Output),
            ExportTarget.GgufLora => NextSteps.ExportGguf(
                options.Model, whole, "write its base too, for "
                    + ShellLine.Of(["llama-cli", "-m", whole, "--lora", options.Output])),
            _ => NextSteps.LlamaCpp(options.Output, report.HasChatTemplate),
        };
    }
}
