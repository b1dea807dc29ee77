using LoNas.Cli.Evaluate;
using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Cli.Search;
using LoNas.Data;
using LoNas.Evaluation;
using LoNas.Search;

namespace LoNas.Cli.Train;

/// <summary>Trains a super-adapter on instructions and tests a sub-adapter on a suite of sets.</summary>
internal static class RunMathCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "run-math", "train an elastic LoRA adapter and test it on math word problems",
        RunMathOptions.Table, options => options.Validate(), (options, console, cancel) =>
            Run(options, TaskSuite.Math, console, cancel));

    /// <summary>The same on the commonsense sets.</summary>
    public static CommandDefinition Commonsense { get; } = CommandDefinition.Create(
        "run-commonsense", "train an elastic LoRA adapter and test it on commonsense questions",
        RunMathOptions.Commonsense, options => options.Validate(), (options, console, cancel) =>
            Run(options, TaskSuite.Commonsense, console, cancel));

    /// <summary>Does what the options ask for; every input is read and checked before anything is written.</summary>
    public static int Run(
        RunMathOptions options, TaskSuite suite, ConsoleReporter console, CancellationToken cancel)
    {
        (options, suite) = OwnTask.Apply(options, suite);
        using var held = options.DryRun || options.Output.OutputDir.Length == 0
            ? null
            : FolderLock.Take(options.Output.OutputDir);
        var records = options.Data.DatasetPath is { } path
            && (options.Training.DoTrain || options.Search.DoSearch || options.DryRun)
            ? InstructionDataset.Load(path)
            : null;
        var sets = options.DoTest ? TaskRecords.Load(suite.Tasks, options.Data.DatasetsDir, options.Data.MaxTestSamples) : [];
        var output = options.Training.DoTrain && options.Output.OutputDir.Length > 0 ? Inspect(options, suite) : null;
        if (output?.Stage == RunStage.Finished && !options.DryRun)
        {
            console.Line($"finished earlier: '{options.Output.OutputDir}' holds the results; "
                + "--overwrite_output_dir starts again");
            return ExitCode.Success;
        }

        if (!options.DryRun)
        {
            AbandonedFiles.Remove(options.Output.OutputDir);
        }

        using var model = ModelOpening.OpenCausal(Request(options, output), console, cancel);
        var choice = options.Adapter.Choice;
        // A front that is still to be searched can't be chosen from yet.
        bool choosesLater = options.Search.DoSearch && choice is { Name: null, IsLimited: true };
        var chosen = choosesLater ? null : model.Choose(choice);
        var search = options.Search.DoSearch
            ? SearchRun.Prepare(options, model, records!, suite, console)
            : null;
        bool trains = records is not null && output?.Stage != RunStage.Trained
            && (options.Training.DoTrain || (options.DryRun && search is null));
        if (trains)
        {
            var data = TrainingData.Encode(records!, TrainingSettings.Data(options, suite), model.Tokenizer);
            Warn(console, [.. data.Notes(model.Folder.Config.MaxPositions), .. TrainingSettings.Notes(options, model, data)]);
            if (options.DryRun)
            {
                DryRunReport.Show(options, model, data, search?.Plan, console);
                return ExitCode.Success;
            }

            if (model.Device.type != TorchSharp.DeviceType.CPU)
            {
                console.Line($"training on {model.Device}");
            }

            TrainingNeeds.Of(options, model, data).Require(options, model, console);
            Interruption.Explain(
                () => TrainingCommandRun.Execute(options, model, data, output!, console, cancel),
                () => Kept.Checkpoint(options.Output.OutputDir));
        }

        if (options.DryRun)
        {
            DryRunReport.Show(options, model, null, search?.Plan, console);
            return ExitCode.Success;
        }

        search?.Execute(cancel);
        chosen = choosesLater
            ? model.Choose(choice with { Name = Path.Combine(options.Output.OutputDir, SearchFiles.Front) })
            : chosen;
        if (options.DoTest)
        {
            new TestingRun(options, suite, model, chosen, trains, console).Execute(sets, cancel);
        }

        output?.Advance(RunStage.Finished);
        return ExitCode.Success;
    }

    private static OutputFolder Inspect(RunMathOptions options, TaskSuite suite) => OutputFolder.Inspect(
        options.Output.OutputDir,
        RunIdentity.OfTraining(options),
        RunIdentity.OfTesting(options, suite),
        options.Output.OverwriteOutputDir);

    private static OpenOptions Request(RunMathOptions options, OutputFolder? output)
    {
        var adapter = output?.Stage == RunStage.Trained ? options.Output.OutputDir : options.Adapter.LoraWeights;
        return options.Model.Opening() with
        {
            Use = options.DryRun ? ModelUse.Shapes : ModelUse.Compute,
            NewAdapter = options.NewAdapter.Lora && adapter is null ? options.NewAdapter.ToLora() : null,
            Adapter = adapter,
            ConfigurationFile = options.Adapter.NncfConfig,
            Seed = options.Training.Seed,
        };
    }

    private static void Warn(ConsoleReporter console, IEnumerable<string> notes)
    {
        foreach (var note in notes)
        {
            console.Warn(note);
        }
    }
}
