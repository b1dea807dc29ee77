using System.Globalization;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Cli.Ranks;
using LoNas.Distributed;
using LoNas.Runtime;

namespace LoNas.Bench.Ranks;

/// <summary>Tries whether the ranks of a launcher find each other, and measures how fast they exchange.</summary>
internal static class BenchRanksCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "bench ranks", "measure how fast the processes of mpirun or srun exchange what a training does",
        () => BenchRanksOptions.Table, options => options.Validate(), (options, console, cancel) =>
            RankRun.Execute(options.Distributed, console, (session, shown) => Run(options, session, shown, cancel)),
        new CommandExample("this process alone", "./lonas bench ranks --numbers 1"));

    private static int Run(
        BenchRanksOptions options, RankSession session, ConsoleReporter console, CancellationToken cancel)
    {
        using var bench = session.Meet(
            () =>
            {
                TorchRuntime.Load();
                return new RanksBench(options.Rounds, session.Ranks, cancel);
            },
            _ => Report(options, session), console)!;
        console.Table(
            null, ["millions of numbers", "ms", "GB/s a rank", "right"],
            options.Numbers!.Select(millions => Row(millions, bench.Measure((int)(millions * 1e6)))));
        return ExitCode.Success;
    }

    private static RankReport Report(BenchRanksOptions options, RankSession session) => new(
        null, ExitCode.Success,
        new Dictionary<string, string>
        {
            ["--numbers"] = string.Join(',', options.Numbers!.Select(Text)),
            ["--rounds"] = Text(options.Rounds),
        },
        session.Place!.Threads, "cpu");

    private static string[] Row(double millions, RanksBench.Result result) =>
    [
        Text(millions), result.Milliseconds.ToString("0.00", CultureInfo.InvariantCulture),
        result.Rate.ToString("0.00", CultureInfo.InvariantCulture), result.IsRight ? "yes" : "no",
    ];

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
