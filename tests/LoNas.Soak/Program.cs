using LoNas.Soak;


// Kills training, search and testing at random moments and runs them again: results must be those of unbroken runs.
try
{
    return Run(SoakOptions.Parse(args));
}
catch (ArgumentException error)
{
    Console.Error.WriteLine($"error: {error.Message}");
    return 2;
}

static int Run(SoakOptions options)
{
    var repository = RepositoryRoot();
    var program = Path.Combine(repository, "src", "LoNas.Cli", "bin", BuildKind(), "net10.0", "LoNas.Cli.dll");
    var folder = Directory.CreateTempSubdirectory("lonas-soak-").FullName;
    Console.WriteLine($"{options} in {folder}");
    var sample = new SampleWork(repository, folder);
    var results = Results(options, program, folder, sample).ToArray();
    var train = new Work("train float32", sample.Training(bf16: false));
    var pairs = new TwoAtOnce(program, folder, new Random(options.Seed)).Run(
        train, Path.Combine(folder, $"{train.Name} unbroken"), options.Pairs);
    foreach (var result in results)
    {
        Console.WriteLine(FormattableString.Invariant(
            $"{result.Name,-16} {result.Kills,2} kills, {result.DuringWrites,2} of them during a write; ")
            + FormattableString.Invariant(
                $"{result.Rounds,2} results compared; unbroken {result.UnbrokenSeconds:0.0} s"));
    }

    string[] problems = [.. results.SelectMany(result => result.Problems), .. pairs];
    problems.ToList().ForEach(Console.WriteLine);
    Console.WriteLine(
        $"soak: {results.Sum(result => result.Kills)} kills, {options.Pairs} pairs, {problems.Length} differences");
    if (problems.Length == 0)
    {
        Directory.Delete(folder, recursive: true);
    }

    return problems.Length == 0 ? 0 : 1;
}

static IEnumerable<SoakResult> Results(SoakOptions options, string program, string folder, SampleWork sample)
{
    var killed = new KilledWork(program, folder, new Random(options.Seed));
    string Kept(bool bf16)
    {
        var kept = Path.Combine(folder, bf16 ? "all checkpoints bf16" : "all checkpoints");
        var run = LoNasProcess.Run(program, [.. sample.TrainingKept(bf16), $"--output_dir={kept}"]);
        return run.ExitCode == 0 ? kept : throw new InvalidOperationException(run.Output);
    }

    var adapter = Kept(bf16: false);
    yield return killed.Run(new Work("train float32", sample.Training(bf16: false), adapter), options.Kills);
    if (options.Kills > 0)
    {
        yield return killed.Run(
            new Work("train bfloat16", sample.Training(bf16: true), Kept(bf16: true)), options.Kills);
    }

    if (options.Glue > 0)
    {
        var glue = new GlueWork(RepositoryRoot(), folder, program);
        var all = Path.Combine(folder, "all checkpoints glue");
        var run = LoNasProcess.Run(program, [.. glue.Run(keep: 100), $"--output_dir={all}"]);
        yield return run.ExitCode == 0
            ? killed.Run(new Work("glue", glue.Run(keep: 2), all), options.Glue)
            : throw new InvalidOperationException(run.Output);
    }

    if (options.Chats > 0)
    {
        var all = Path.Combine(folder, "all checkpoints chats");
        var run = LoNasProcess.Run(program, [.. sample.Chats(keep: 100), $"--output_dir={all}"]);
        yield return run.ExitCode == 0
            ? killed.Run(new Work("chats", sample.Chats(keep: 2), all), options.Chats)
            : throw new InvalidOperationException(run.Output);
    }

    if (options.Ranks > 0)
    {
        foreach (var result in new RankedWork(program, folder, sample, new Random(options.Seed)).Run(options.Ranks))
        {
            yield return result;
        }
    }

    if (options.Workers > 0)
    {
        var shared = new SharedSearch(program, folder, sample.Search(adapter), options.Seed);
        yield return shared.Run("folder", "shared", together: true, options.Workers);
        if (TemporaryPostgres.Absence is { } absence)
        {
            Console.WriteLine($"workers postgres: skipped, {absence}");
        }
        else
        {
            using var database = TemporaryPostgres.Start();
            yield return shared.Run("postgres", database.Address, together: false, options.Workers);
        }
    }

    yield return killed.Run(new Work("search", sample.Search(adapter)), options.Searches);
    yield return killed.Run(new Work("test", sample.Test(adapter)), options.Tests);
}

static string BuildKind() =>
    AppContext.BaseDirectory.Split(Path.DirectorySeparatorChar).Contains("Debug")
        ? "Debug" : "Release";

static string RepositoryRoot()
{
    var folder = new DirectoryInfo(AppContext.BaseDirectory);
    while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "LoNas.slnx")))
    {
        folder = folder.Parent;
    }

    return folder?.FullName
        ?? throw new InvalidOperationException("The soak runs outside the repository: no LoNas.slnx above it");
}
