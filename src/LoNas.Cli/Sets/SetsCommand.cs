using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Data;
using LoNas.Hub;
using LoNas.Storage;

namespace LoNas.Cli.Sets;

/// <summary>Says where the public data sets come from, checks those that are there and gets the others.</summary>
internal static class SetsCommand
{
    public static IReadOnlyList<CommandDefinition> Definitions { get; } = [.. PublicSets.All.Select(sets =>
        CommandDefinition.Create(
            $"data {sets.Name}", sets.Summary, () => SetsOptions.Table(sets), options => options.Validate(),
            (options, console, cancel) => Run(sets, options, console, cancel),
            new("what is in datasets/, and what is missing", $"./lonas data {sets.Name} --dry_run"),
            new(
                sets.HubDataset is null ? "the commands that download what is missing in another folder"
                    : "download what is missing, into another folder",
                $"./lonas data {sets.Name} --datasets_dir ~/datasets")))];

    private static int Run(
        PublicSets sets, SetsOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        console.Line($"from {sets.Origin}");
        var found = Look(sets, options);
        console.Table(
            $"in '{options.DatasetsDir}'",
            ["file", "for", "state"],
            found.Select(entry => (IReadOnlyList<string>)[entry.File.Path, entry.File.Use, entry.State.Short]));
        var problems = found.Select(entry => entry.State.Problem).OfType<string>().ToArray();
        if (problems.Length > 0)
        {
            throw new InvalidDataException(string.Join('\n', problems));
        }

        PublicFile[] missing = [.. found.Where(entry => entry.State.IsMissing).Select(entry => entry.File)];
        if (missing.Length == 0)
        {
            console.Line($"all {found.Count} files are there");
            Next(sets, options).Show(console);
            return ExitCode.Success;
        }

        var settings = HubSettings.FromEnvironment(Environment.GetEnvironmentVariable);
        var repository = options.Repository(sets);
        void Tell()
        {
            console.Line($"{missing.Length} of {found.Count} files are missing; these commands download them:");
            foreach (var file in missing)
            {
                console.Verbatim(Command(sets, file, repository, settings, options.DatasetsDir));
            }
        }

        if (options.DryRun || repository is null)
        {
            Tell();
            return options.DryRun ? ExitCode.Success : ExitCode.Failure;
        }

        try
        {
            Download(missing, options, settings, repository, console, cancel);
        }
        catch (InvalidDataException)
        {
            Tell();
            throw;
        }

        console.Line($"all {found.Count} files are there: {missing.Length} were downloaded to '{options.DatasetsDir}'");
        Next(sets, options).Show(console);
        return ExitCode.Success;
    }

    /// <summary>A test on some of the records; of GLUE's, which need a classifier, its training.</summary>
    private static NextStep Next(PublicSets sets, SetsOptions options) =>
        sets.Name is "math" or "commonsense" ? NextSteps.Evaluate(sets.Name, options.DatasetsDir)
        : NextStep.With("run-glue", "train plain LoRA on one of them; --model_name_or_path takes any BERT")
            .Give("task_name", "mrpc")
            .Give("glue_dir", Path.Combine(options.DatasetsDir, "glue"))
            .Give("model_name_or_path", "bert-base-uncased")
            .Switch("lora", true)
            .Switch("do_train", true)
            .Switch("do_eval", true)
            .Give("pad_to_max_length", "False")
            .Give("output_dir", FreeName.Here("bert-base-uncased", "-mrpc"));

    private static List<(PublicFile File, SetState State)> Look(PublicSets sets, SetsOptions options) =>
        [.. sets.Files.Select(file => (file, SetState.Of(file, options.DatasetsDir)))];

    /// <summary>The line that downloads a file without this program.</summary>
    private static string Command(
        PublicSets sets, PublicFile file, HubName? repository, HubSettings settings, string folder)
    {
        var address = repository is null ? sets.Address
            : $"{settings.Endpoint.ToString().TrimEnd('/')}/{repository.Address}/resolve/{HubSettings.DefaultRevision}";
        return ShellLine.Of(
            ["curl", "-fL", "--create-dirs", "-o", Path.Combine(folder, file.Path), $"{address}/{file.Source}"]);
    }

    private static void Download(
        PublicFile[] missing, SetsOptions options, HubSettings settings, HubName name, ConsoleReporter console,
        CancellationToken cancel)
    {
        if (options.HubTimeout is { } seconds)
        {
            settings = settings with { ReadTimeout = TimeSpan.FromSeconds(seconds) };
        }

        console.Line($"looking for {missing.Length} files of '{name}' in {settings.CacheFolder}"
            + (settings.Offline ? "" : $", then at {settings.Endpoint}"));
        using var bar = new DownloadBar(console.OnError(), $"{name}");
        using var http = HubRepository.NewHttpClient();
        var snapshot = Interruption.Explain(
            () => new HubRepository(http, settings, name)
                .Fetch([.. missing.Select(file => file.Source)], bar.Show, cancel).GetAwaiter().GetResult(),
            () => "what was downloaded is kept in the cache; the same command goes on from there");
        foreach (var file in missing)
        {
            cancel.ThrowIfCancellationRequested();
            using var content = File.OpenRead(Path.Combine(snapshot, file.Source));
            AtomicFile.Write(Path.Combine(options.DatasetsDir, file.Path), content.CopyTo, replace: false);
        }
    }

    /// <summary>What is known of a file.</summary>
    /// <param name="Short">In a word or two.</param>
    /// <param name="IsMissing">Whether it has to be downloaded.</param>
    /// <param name="Problem">Why it can't be used; null where it can.</param>
    private sealed record SetState(string Short, bool IsMissing = false, string? Problem = null)
    {
        public static SetState Of(PublicFile file, string folder)
        {
            var path = Path.Combine(folder, file.Path);
            if (!Path.Exists(path))
            {
                return file.Otherwise is { } other && File.Exists(Path.Combine(folder, other))
                    ? new($"there as {other}")
                    : new("missing", IsMissing: true);
            }

            if (!file.IsJson)
            {
                return Directory.Exists(path)
                    ? new("a folder", Problem: $"'{path}' is a folder; expected a file: move it away")
                    : new("there");
            }

            try
            {
                int count = InstructionDataset.Load(path, file.IsTest).Count;
                return new(file.Records is { } published && published != count
                    ? $"{count:N0} records, published with {published:N0}"
                    : $"{count:N0} records");
            }
            catch (InvalidDataException error)
            {
                return new("damaged", Problem: error.Message);
            }
        }
    }
}
