using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Formats.Nncf;
using LoNas.Formats.Peft;
using LoNas.Hub;
using LoNas.Models;
using LoNas.Training.LearningRates;

namespace LoNas.Cli.Train;

/// <summary>
/// What a configuration says of an adapter that is to be trained: the full rank and the targets that go with it, and
/// for how many epochs, for which no flag is needed then.
/// </summary>
internal static class ConfiguredAdapter
{
    /// <summary>The options with the rank and the targets of the new adapter, whoever they come from.</summary>
    public static RunOptions Apply(RunOptions options, ConsoleReporter console, CancellationToken cancel) =>
        WithEpochs(WithAdapter(options, console, cancel), console, cancel);

    private static RunOptions WithEpochs(
        RunOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        var training = options.Training;
        double epochs = training.Epochs;
        if (options.ConcernsTraining && training is { NumTrainEpochs: null, MaxSteps: <= 0 }
            && Configuration(options, console, cancel) is { } path
            && new StageSchedule(NncfConfiguration.Load(path).Stages).Epochs is var stages and > 0)
        {
            epochs = stages;
            console.Line(stages == 1 ? "1 epoch, that of the configuration's stage, is trained"
                : $"{stages} epochs, those of the configuration's stages, are trained");
        }

        return options with { Training = training with { NumTrainEpochs = epochs } };
    }

    /// <summary>The file that is given, or else the one of the adapter that training starts from.</summary>
    private static string? Configuration(RunOptions options, ConsoleReporter console, CancellationToken cancel) =>
        options.Adapter switch
        {
            { NncfConfig: { } given } => given,
            { LoraWeights: { } start } => AdapterManifest.Configuration(
                ModelOpening.Locate(
                    options.Model with { ModelNameOrPath = start, ModelRevision = null }, HubContent.Adapter, console,
                    cancel),
                given: null),
            _ => null,
        };

    private static RunOptions WithAdapter(
        RunOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        var flags = options.NewAdapter;
        if (options.Adapter.LoraWeights is not null)
        {
            return options; // the adapter has its own
        }

        if (!flags.Lora || options.Adapter.NncfConfig is not { } path
            || (flags.LoraR is not null && flags.TargetModules is not null))
        {
            return options with { NewAdapter = flags.Complete() };
        }

        var configuration = NncfConfiguration.Load(path);
        var layout = LinearLayout.Load(ModelOpening.Locate(
            options.Model, HubContent.Configuration, console, cancel));
        var targets = configuration.TargetsOf(layout) is { Count: > 0 } named ? named : null;
        var complete = flags.Complete(configuration.FullRank, targets);
        var rank = flags.LoraR is null && configuration.FullRank is { } full ? $"rank {full}" : null;
        var names = flags.TargetModules is null && targets is not null
            ? $"the targets {string.Join(", ", targets)}"
            : null;
        if ((rank ?? names) is not null)
        {
            console.Line($"{string.Join(" and ", new[] { rank, names }.OfType<string>())} "
                + $"{(names is null ? "is" : "are")} taken from the configuration");
        }

        return options with { NewAdapter = complete };
    }
}
