using LoNas.Cli.Flags;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Evaluation;

namespace LoNas.Cli.Train;

/// <summary>Trains a super-adapter on instructions and tests a sub-adapter on a suite of sets.</summary>
internal static class RunMathCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "run-math", "train an elastic LoRA adapter and test it on math word problems",
        RunMathOptions.Table, options => options.Validate(), (options, console, cancel) =>
            Run(options, TaskSuite.Math, new("run-math", RunMathOptions.Table), console, cancel));

    /// <summary>The same on the commonsense sets.</summary>
    public static CommandDefinition Commonsense { get; } = CommandDefinition.Create(
        "run-commonsense", "train an elastic LoRA adapter and test it on commonsense questions",
        RunMathOptions.Commonsense, options => options.Validate(), (options, console, cancel) =>
            Run(options, TaskSuite.Commonsense, new("run-commonsense", RunMathOptions.Commonsense), console, cancel));

    /// <summary>Opens everything, then trains, searches and tests, as far as the options ask for each.</summary>
    private static int Run(
        RunMathOptions options, TaskSuite suite, RunCommand command, ConsoleReporter console, CancellationToken cancel)
    {
        using var run = RunMathStages.Open(options, suite, command, console, cancel);
        run?.Train(cancel);
        run?.Search(cancel);
        run?.Test(cancel);
        run?.ShowNext();
        return ExitCode.Success;
    }
}
