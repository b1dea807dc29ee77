using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Cli.Train;
using LoNas.Postgres;
using LoNas.Search;
using LoNas.Search.Sharing;

namespace LoNas.Cli.Status;

/// <summary>Says how far a search or a training is, from what it leaves in its folder or in a database.</summary>
internal static class StatusCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "status", "show how far a search or a training is, and who works on it",
        () => StatusOptions.Table, options => options.Validate(), Run,
        new("a search by several workers, or any run of run-math", "./lonas status out/search"),
        new("the searches of a database", "./lonas status --workers postgres://lonas@db.example.org/searches"));

    private static int Run(StatusOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        var searches = options.Workers is { } address
            ? PostgresStatus.Of(PostgresAddress.Parse(address))
            : Folder(options.OutputDir);
        var user = options.Workers is null ? FolderLock.UserOf(options.OutputDir) : null;
        var training = options.Workers is null ? TrainingStatus.Of(options.OutputDir) : null;
        if (options.Json)
        {
            console.Verbatim(new JsonObject
            {
                ["training"] = training?.ToJson(),
                ["in_use_by"] = user,
                ["searches"] = new JsonArray([.. searches.Select(search => search.ToJson())]),
            }.ToJsonString());
            return ExitCode.Success;
        }

        if (training is null && searches.Count == 0)
        {
            console.Line(options.Workers is null ? "nothing is saved yet" : "the database has no search");
        }

        training?.Show(console);
        foreach (var search in searches)
        {
            Show(search, user, console);
        }

        if (user is not null && searches.All(search => search.Workers.Count == 0))
        {
            console.Line($"in use by {user}");
        }

        return ExitCode.Success;
    }

    private static IReadOnlyList<SearchStatus> Folder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"--output_dir '{folder}' is no folder; give that of a search or a "
                + "training");
        }

        var search = SearchStatus.OfFolder(folder, TimeProvider.System);
        return search is not null ? [search]
            : TrainingStatus.Of(folder) is not null || FolderLock.UserOf(folder) is not null ? []
            : throw new InvalidDataException(
                $"--output_dir '{folder}' has no search ({SearchFiles.Journal}) and no training "
                + $"({RunMarker.FileName}) of this program; give the folder that the run writes to");
    }

    private static void Show(SearchStatus search, string? user, ConsoleReporter console)
    {
        var of = search.Total is { } total ? $" of {total}" : "";
        console.Line(
            $"search{(search.Name.Length > 0 ? $" {search.Name}" : "")}: "
            + $"{(search.IsFinished ? "finished, " : "")}{search.Done}{of} evaluations"
            + (search.Best.Length > 0 ? $", best {search.Best}" : ""));
        if (!search.IsFinished && (user is null || search.Workers.Count > 0))
        {
            console.Line(search.Workers.Count == 0 ? "no worker is there; the command of the search goes on"
                : search.SecondsLeft is { } left ? $"about {Duration(left)} left with {search.Workers.Count} workers"
                : $"{search.Workers.Count} workers");
        }

        if (search.Workers.Count > 0)
        {
            console.Table(
                null,
                ["worker", "device", "vectors", "threads", "measures", "for"],
                search.Workers.Select(worker => new[]
                {
                    $"{worker.Worker.Host}:{worker.Worker.ProcessId}", worker.Worker.Device,
                    worker.Worker.InstructionSet,
                    worker.Worker.Threads.ToString(CultureInfo.InvariantCulture),
                    worker.Claim ?? "waits",
                    worker.Claim is null ? "" : Duration(worker.Seconds),
                }));
        }
    }

    private static string Duration(double seconds)
    {
        var span = TimeSpan.FromSeconds(Math.Max(0, Math.Round(seconds)));
        return span.TotalHours >= 1
            ? FormattableString.Invariant($"{(int)span.TotalHours}:{span.Minutes:00} h")
            : FormattableString.Invariant($"{span.Minutes}:{span.Seconds:00} min");
    }
}
