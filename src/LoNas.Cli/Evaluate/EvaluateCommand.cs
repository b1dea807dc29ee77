using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Evaluation;

namespace LoNas.Cli.Evaluate;

/// <summary>Measures a base model, an adapter or a sub-adapter on built-in sets or on a user's own task.</summary>
internal static class EvaluateCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "evaluate", "measure a model, an adapter or a sub-adapter on test sets or your own task",
        () => EvaluateOptions.Table, options => options.Validate(), Run,
        new(
            "after the quickstart, its smallest sub-adapter on held-out problems",
            "./lonas evaluate --model_name_or_path samples/model --lora_weights out/quickstart"
            + " --sub_adapter minimal --tasks samples/word_problems.json --num_beams 1"),
        new(
            "a model of the hub on two of the sets, 200 problems of each, as JSON",
            "./lonas evaluate --model_name_or_path yahma/llama-7b-hf --dtype bf16 --tasks mawps,boolq"
            + " --max_test_samples 200 --json"),
        new(
            "the loss and perplexity of conversations, read as 'lonas train' read its own",
            "./lonas evaluate --model_name_or_path samples/model --lora_weights out/chat"
            + " --tasks chat:samples/chat.jsonl"),
        new(
            "a classifier that run-glue trained, by the validation texts of its task",
            "./lonas evaluate --model_name_or_path bert-base-uncased --lora_weights out/mrpc --tasks glue:mrpc"));

    private static int Run(EvaluateOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        var progress = options.Json ? console.OnError() : console;
        if (options.IsOfGlue)
        {
            return RunGlue(options, console, progress, cancel);
        }

        if (options.IsOfLoss)
        {
            return RunLoss(options, console, progress, cancel);
        }

        var sets = TaskRecords.Load(
            TaskNames.Resolve(options.Tasks), options.DatasetsDir, options.Limit, options.Encoding.OfText);
        using var held = options.Output.OutputDir.Length == 0 ? null : FolderLock.Take(options.Output.OutputDir);
        AbandonedFiles.Remove(options.Output.OutputDir);
        using var model = ModelOpening.OpenCausal(options.Model.Opening(options.Adapter), progress, cancel);
        var report = new EvaluateRun(options, model, progress).Execute(sets, cancel);
        if (options.Json)
        {
            console.Verbatim(report.ToJson().ToJsonString());
        }
        else
        {
            report.Show(console);
            if (options.Output.OutputDir.Length > 0)
            {
                console.Line($"results: {Path.Combine(options.Output.OutputDir, EvaluateRun.ReportFile)}");
            }

            NextSteps.Of(model, options.Model, options.Adapter).Show(console);
        }

        return ExitCode.Success;
    }

    private static int RunLoss(
        EvaluateOptions options, ConsoleReporter console, ConsoleReporter progress, CancellationToken cancel)
    {
        using var held = options.Output.OutputDir.Length == 0 ? null : FolderLock.Take(options.Output.OutputDir);
        AbandonedFiles.Remove(options.Output.OutputDir);
        using var model = ModelOpening.OpenCausal(options.Model.Opening(options.Adapter), progress, cancel);
        var report = new LossEvaluateRun(options, model, progress).Execute(shows: !options.Json, cancel);
        if (options.Json)
        {
            console.Verbatim(report.ToJsonString());
        }
        else
        {
            NextSteps.Of(model, options.Model, options.Adapter).Show(console);
        }

        return ExitCode.Success;
    }

    private static int RunGlue(
        EvaluateOptions options, ConsoleReporter console, ConsoleReporter progress, CancellationToken cancel)
    {
        var sets = GlueEvaluateRun.Load(options, progress);
        using var held = options.Output.OutputDir.Length == 0 ? null : FolderLock.Take(options.Output.OutputDir);
        AbandonedFiles.Remove(options.Output.OutputDir);
        using var model = ModelOpening.Open(
            options.Model.Opening(options.Adapter) with
            {
                NeedsClassifier = true,
                LabelNames = GlueEvaluateRun.LabelsOf(sets),
                Labels = sets[0].Task.Scheme.Outputs,
            },
            progress, cancel);
        var report = new GlueEvaluateRun(options, model, progress).Execute(sets, shows: !options.Json, cancel);
        if (options.Json)
        {
            console.Verbatim(report.ToJsonString());
        }
        else
        {
            NextSteps.Of(model, options.Model, options.Adapter).Show(console);
        }

        return ExitCode.Success;
    }
}
