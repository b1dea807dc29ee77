using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Search;
using LoNas.Data;
using LoNas.Search;
using LoNas.Training;
using LoNas.Training.LearningRates;

namespace LoNas.Cli.Train;

/// <summary>What a run will really do: values as they come of flags, configuration, adapter, model and data.</summary>
/// <param name="options">The options, with what a configuration and a task file say.</param>
/// <param name="data">What is trained on and tested.</param>
/// <param name="model">The model's shapes.</param>
internal sealed class ResolvedRun(RunOptions options, RunData data, ElasticModel model)
{
    /// <summary>The options, with what a configuration and a task file say.</summary>
    public RunOptions Options => options;

    public ElasticModel Model => model;

    /// <summary>What would be trained on; null where nothing is.</summary>
    public TrainingData? Training { get; init; }

    /// <summary>Null where there is none.</summary>
    public SearchRun? Search { get; init; }

    /// <summary>The sub-adapter that would be tested; null where nothing is cut, or a search is to find it.</summary>
    public ChosenSubAdapter? Chosen { get; init; }

    /// <summary>How far the run in the output folder is; null where none is looked for.</summary>
    public RunStage? Stage { get; init; }

    private TrainingPlan? Plan =>
        Training is null ? null : TrainingPlan.For(Training.Training, TrainingSettings.Of(options));

    /// <summary>A line for each thing.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"device: {model.Device}, base in {model.DType.ToString().ToLowerInvariant()}, "
            + Count(TorchSharp.torch.get_num_threads(), "thread");
        if (model.Adapter.Options is { } adapter)
        {
            yield return Text($"adapter: rank {adapter.Rank}, alpha {adapter.Alpha}, dropout {adapter.Dropout}, on ")
                + string.Join(", ", adapter.TargetModules) + StartAdapter.LimitsOf(adapter);
        }

        if (model.Configuration is not null && model.Space is { } space)
        {
            yield return $"search space: {space.Groups.Count} groups, of '{model.ConfigurationFile}'";
        }

        foreach (var line in (Training is null ? [] : DescribeTraining(Training))
            .Concat(options.Tests ? data.DescribeTest(model, Chosen) : []))
        {
            yield return line;
        }

        if (options.Output.OutputDir is { Length: > 0 } folder)
        {
            yield return $"output: '{folder}', {Folder(folder)}";
        }

        if (Search is not null)
        {
            yield return Search.Plan;
        }
    }

    /// <summary>The options with values in place of what is null, as far as the run has one.</summary>
    public RunOptions Filled()
    {
        var adapter = model.Adapter.Options;
        var filled = options with
        {
            Model = options.Model with
            {
                Dtype = options.Model.ElementType ?? model.DType,
                Threads = TorchSharp.torch.get_num_threads(),
            },
            NewAdapter = adapter is null ? options.NewAdapter : options.NewAdapter with
            {
                LoraR = adapter.Rank,
                LoraAlpha = adapter.Alpha,
                LoraDropout = adapter.Dropout,
                TargetModules = adapter.TargetModules,
                Limits = TargetLimitFlags.Of(adapter),
            },
            Adapter = options.Adapter with
            {
                NncfConfig = model.ConfigurationFile ?? options.Adapter.NncfConfig,
                SubAdapter = options.Adapter.SubAdapter ?? OwnSubAdapter,
            },
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
            Search = Search is null ? options.Search : options.Search with
            {
                SearchAlgorithm = Search.Algorithm,
                NumEvals = Search.Description.Evaluations,
                Population = Search.Description.Population,
                SearchSeed = Search.Description.Seed,
            },
        };
        return data is InstructionRunData records ? records.Filled(filled, Search) : filled;
    }

    /// <summary>What is tested where no flag names a sub-adapter: of limits the front that they choose from.</summary>
    private string? OwnSubAdapter => model.Space is null ? null
        : !options.Adapter.Choice.IsLimited ? SubAdapterChoice.Heuristic
        : model.AdapterFolder is { } folder && !options.Search.DoSearch ? Path.Combine(folder, SearchFiles.Front)
        : null;

    private static string Count(int count, string name) => Text($"{count} {name}{(count == 1 ? "" : "s")}");

    private IEnumerable<string> DescribeTraining(TrainingData training)
    {
        foreach (var line in data.DescribeTraining(training))
        {
            yield return line;
        }

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
            (options.Tests, "the test's results"),
        };
        var written = string.Join("; ", parts.Where(part => part.Item1).Select(part => part.Item2));
        return Stage switch
        {
            RunStage.Finished => "where this run is finished: nothing is changed",
            RunStage.Training or RunStage.Trained => $"where this run goes on: {written}",
            _ => (Directory.Exists(folder) ? "which exists: " : "which is new: ")
                + (written.Length > 0 ? written : "nothing is written"),
        };
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
