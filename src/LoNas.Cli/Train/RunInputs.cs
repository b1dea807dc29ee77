using LoNas.Cli.Flags;
using LoNas.Cli.Output;
using LoNas.Evaluation;
using LoNas.Formats.Peft;

namespace LoNas.Cli.Train;

/// <summary>The files of the user's that a run reads, which nothing that it writes may replace.</summary>
internal static class RunInputs
{
    /// <summary>All but those of the model and of its adapter; null for what is not given.</summary>
    public static IReadOnlyList<string?> Of(RunMathOptions options, TaskSuite suite, ConsoleReporter console) =>
    [
        options.Data.DatasetPath, options.Data.TaskFile, options.Adapter.NncfConfig, options.Adapter.Choice.File,
        console.OptionsFile,
        .. options.DoTest ? suite.Tasks.Select(task => task.DataPath(options.Data.DatasetsDir)) : [],
    ];

    /// <summary>
    /// Those that a training may not replace. The configuration may be the run's own copy, which stays as it is, and a
    /// chosen result is none of a training's files.
    /// </summary>
    public static IEnumerable<string?> OfTraining(
        RunMathOptions options, TaskSuite suite, ElasticModel model, ConsoleReporter console)
    {
        bool isOwnCopy = model.Configuration is { } configuration
            && AdapterManifest.HasCopy(options.Output.OutputDir, configuration);
        return Of(options, suite, console).OfType<string>().Where(input =>
            !(isOwnCopy && input == options.Adapter.NncfConfig)
            && !(input == options.Adapter.Choice.File && OutputEntries.IsResult(input)));
    }
}
