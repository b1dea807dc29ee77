using LoNas.Cli.Flags;
using LoNas.Data;
using LoNas.Evaluation;
using LoNas.Search;
using LoNas.Training;
using LoNas.Training.LearningRates;

namespace LoNas.Cli.Train;

/// <summary>What a run will really do: values as they come of flags, configuration, adapter, model and data.</summary>
/// <param name="options">The options, with what a configuration and a task file say.</param>
/// <param name="suite">What is trained for and tested.</param>
/// <param name="model">The model's shapes.</param>
/// <param name="data">What would be trained on; null where nothing is.</param>
/// <param name="stage">How far the run in the output folder is; null where none is looked for.</param>
internal sealed class ResolvedRun(
    RunMathOptions options, TaskSuite suite, ElasticModel model, TrainingData? data, RunStage? stage)
{
    private TrainingPlan? Plan =>
        data is null ? null : TrainingPlan.For(data.Training.Count, TrainingSettings.Of(options));

    /// <summary>A line for each thing.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"device: {model.Device}, base in {model.DType.ToString().ToLowerInvariant()}, "
            + Count(TorchSharp.torch.get_num_threads(), "thread");
        if (model.Adapter.Options is { } adapter)
        {
            yield return Text($"adapter: rank {adapter.Rank}, alpha {adapter.Alpha}, dropout {adapter.Dropout}, on ")
                + string.Join(", ", adapter.TargetModules);
        }

        if (model.Configuration is not null && model.Space is { } space)
        {
            yield return $"search space: {space.Groups.Count} groups, of '{model.ConfigurationFile}'";
        }

        foreach (var line in data is null ? [] : Training(data))
        {
            yield return line;
        }

        if (options.DoTest)
        {
            yield return $"test: {string.Join(", ", suite.Tasks.Select(task => task.Name))}, "
                + (model.Space is null ? "of the whole model" : options.Adapter.Choice.IsLimited
                    ? "of what is chosen from the front"
                    : $"of the sub-adapter {options.Adapter.SubAdapter ?? SubAdapterChoice.Heuristic}");
        }

        if (options.Output.OutputDir is { Length: > 0 } folder)
        {
            yield return $"output: '{folder}', {Folder(folder)}";
        }
    }

    /// <summary>The options with values in place of what is null, as far as the run has one.</summary>
    public RunMathOptions Options()
    {
        var adapter = model.Adapter.Options;
        return options with
        {
            Model = options.Model with { Threads = TorchSharp.torch.get_num_threads() },
            NewAdapter = adapter is null ? options.NewAdapter : options.NewAdapter with
            {
                LoraR = adapter.Rank,
                LoraAlpha = adapter.Alpha,
                LoraDropout = adapter.Dropout,
                TargetModules = adapter.TargetModules,
            },
            Adapter = options.Adapter with { NncfConfig = model.ConfigurationFile ?? options.Adapter.NncfConfig },
            Training = options.Training with { NumTrainEpochs = options.Training.Epochs },
            Rate = model.Configuration is not null ? options.Rate : options.Rate with
            {
                LearningRate = options.Rate.LearningRate ?? LearningRateFlags.Plain,
            },
            Validation = options.Validation.EvaluationStrategy != IntervalStrategy.Steps ? options.Validation
                : options.Validation with
                {
                    EvalSteps = options.Validation.EvalSteps ?? options.Validation.LoggingSteps,
                },
        };
    }

    private IEnumerable<string> Training(TrainingData data)
    {
        var lengths = data.Encoded.UncutLengths;
        yield return Text($"records: {data.Training.Count} to train on, {data.Validation.Count} for validation ")
            + Text($"(tokens: shortest {lengths.Min()}, longest {lengths.Max()}); ")
            + Text($"{data.Encoded.TruncatedCount} cut at --cutoff_len {options.Data.CutoffLen}, ")
            + Text($"{data.Encoded.UnlabelledCount} without a label");
        var plan = Plan!;
        yield return Text($"steps: {plan.MaxSteps} optimiser steps over {Count(plan.EpochCount, "epoch")} ")
            + Text($"of {plan.MicroStepsPerEpoch} micro-batches; {options.Training.PerDeviceTrainBatchSize} records ")
            + Text($"in each, {options.Training.GradientAccumulationSteps} to a step");
        yield return $"learning rate: {Rate(plan)}";
        yield return $"checkpoints: {Saved(plan)}";
        yield return $"seed: {options.Training.Seed}";
    }

    private string Rate(TrainingPlan plan)
    {
        if (model.Configuration is { } configuration)
        {
            double first = Schedules.Elastic(configuration, plan.MicroStepsPerEpoch)(0, 0, 0).LearningRate;
            return Text($"{first:0.###e+0} at first, then as the configuration's stages say");
        }

        var settings = TrainingSettings.Of(options);
        var rate = new WarmupLearningRate(
            settings.LearningRateSchedule, settings.LearningRate, plan.MaxSteps, settings.WarmupSteps,
            settings.WarmupRatio);
        return Text($"{rate.LearningRate:0.###e+0}, {rate.Name}, after {Count(rate.WarmupSteps, "step")} of warm-up");
    }

    private string Saved(TrainingPlan plan)
    {
        var flags = options.Checkpoints;
        var kept = flags.SaveTotalLimit is { } limit ? $"the newest {limit} kept" : "all kept";
        int count = flags.SaveStrategy == IntervalStrategy.Steps ? plan.MaxSteps / flags.SaveSteps : plan.EpochCount;
        return flags.SaveStrategy switch
        {
            IntervalStrategy.No => "none",
            IntervalStrategy.Epoch => $"{count}, one an epoch, {kept}",
            _ => $"{(count == 0 ? "none" : $"{count}")} in {plan.MaxSteps} steps, one every {flags.SaveSteps}, {kept}",
        };
    }

    private string Folder(string folder)
    {
        var parts = new[]
        {
            (options.Training.DoTrain, "the adapter, checkpoints and the training's results"),
            (options.Search.DoSearch, $"{SearchFiles.Front}, {SearchFiles.Best} and the search's other results"),
            (options.DoTest, "the test's results"),
        };
        var written = string.Join("; ", parts.Where(part => part.Item1).Select(part => part.Item2));
        return stage switch
        {
            RunStage.Finished => "where this run is finished: nothing is changed",
            RunStage.Training or RunStage.Trained => $"where this run goes on: {written}",
            _ => (Directory.Exists(folder) ? "which exists: " : "which is new: ")
                + (written.Length > 0 ? written : "nothing is written"),
        };
    }

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
