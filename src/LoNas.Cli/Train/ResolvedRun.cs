using LoNas.Cli.Flags;
using LoNas.Cli.Search;
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
internal sealed class ResolvedRun(RunOptions options, TaskSuite suite, ElasticModel model)
{
    /// <summary>The options, with what a configuration and a task file say.</summary>
    public RunOptions Options => options;

    public ElasticModel Model => model;

    /// <summary>What would be trained on; null where nothing is.</summary>
    public TrainingData? Data { get; init; }

    /// <summary>Null where there is none.</summary>
    public SearchRun? Search { get; init; }

    /// <summary>What would be tested on; empty where nothing is.</summary>
    public IReadOnlyList<TaskRecords> Sets { get; init; } = [];

    /// <summary>The sub-adapter that would be tested; null where nothing is cut, or a search is to find it.</summary>
    public ChosenSubAdapter? Chosen { get; init; }

    /// <summary>How far the run in the output folder is; null where none is looked for.</summary>
    public RunStage? Stage { get; init; }

    private TrainingPlan? Plan =>
        Data is null ? null : TrainingPlan.For(Data.Training.Count, TrainingSettings.Of(options));

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

        foreach (var line in (Data is null ? [] : Training(Data)).Concat(options.DoTest ? Test() : []))
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
        return options with
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
            Testing = options.Testing with { MaxNewTokens = NewTokens is [var most] ? most : null },
            Search = Filled(options.Search),
        };
    }

    /// <summary>What is tested where no flag names a sub-adapter: of limits the front that they choose from.</summary>
    private string? OwnSubAdapter => model.Space is null ? null
        : !options.Adapter.Choice.IsLimited ? SubAdapterChoice.Heuristic
        : model.AdapterFolder is { } folder && !options.Search.DoSearch ? Path.Combine(folder, SearchFiles.Front)
        : null;

    /// <summary>The most tokens of an answer: one number, unless search and test ask in two ways.</summary>
    private int[] NewTokens => options.Testing.MaxNewTokens is { } given ? [given]
        : [.. (options.DoTest || Search is null ? suite.Tasks : []).Concat(Search?.Suite.Tasks ?? [])
            .Select(task => task.MaxNewTokens).Distinct()];

    private SearchFlags Filled(SearchFlags flags) => Search is null ? flags : flags with
    {
        SearchTasks = Search.Suite == TaskSuite.Math ? SearchSuite.Math
            : Search.Suite == TaskSuite.Commonsense ? SearchSuite.Commonsense
            : null, // a task of one's own has no name there
        SearchAlgorithm = Search.Algorithm,
        NumEvals = Search.Description.Evaluations,
        Population = Search.Description.Population,
        SearchSeed = Search.Description.Seed,
    };

    private IEnumerable<string> Test()
    {
        var sets = Sets.Select(set => $"{set.Task.Name} ({Count(set.Records.Count, "record")})");
        yield return $"test: {string.Join(", ", sets)}, "
            + (model.Space is null ? "of the whole model"
                : Chosen is null ? "of what is chosen from the front"
                : $"of the sub-adapter {options.Adapter.SubAdapter ?? Chosen.Name}");
        var flags = options.Testing;
        int tokens = flags.MaxNewTokens ?? suite.Tasks.Max(task => task.MaxNewTokens);
        yield return $"generation: {(flags.NumBeams == 1 ? "greedy" : Count(flags.NumBeams, "beam"))}, at most "
            + $"{Count(tokens, "new token")}, "
            + (flags.PerDeviceEvalBatchSize is { } size ? $"{Count(size, "problem")} at once"
                : "as many problems at once as half of the free memory holds");
    }

    private static string Count(int count, string name) => Text($"{count} {name}{(count == 1 ? "" : "s")}");

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
