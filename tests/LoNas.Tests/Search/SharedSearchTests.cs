using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Formats.Nncf;
using LoNas.Postgres;
using LoNas.Search;
using LoNas.Search.Algorithms;
using LoNas.Search.Sharing;
using LoNas.Soak;
using LoNas.Tests.Support;

namespace LoNas.Tests.Search;

/// <summary>Searches by several workers give what one process gives, wherever they meet.</summary>
public sealed class SharedSearchTests : IDisposable
{
    private static readonly SearchWorker Somebody = new("here", 1, "cpu", "none", 1);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Folder_ThreeWorkers_GiveWhatOneGives()
    {
        var alone = Alone();
        var together = _folder.Path("together");
        int measured = 0;

        var results = Together(3, worker => Run(
            new SharedFolder(together), genome =>
            {
                Interlocked.Increment(ref measured);
                Thread.Sleep(1 + ((worker * 7) + genome.Sum()) % 5);
                return Values(genome);
            }));

        Assert.All(results, result => Assert.Equal(alone.Evaluated, result));
        Assert.Equal(File.ReadAllLines(Journal(together)).Length - 1, measured);
        Assert.Equal(File.ReadAllText(alone.Journal), File.ReadAllText(Journal(together)));
        Assert.Equal(
            measured, File.ReadAllLines(Path.Combine(together, SharedFolder.MeasuredBy)).Length - 1);
    }

    [Fact]
    public void Folder_WorkersThatAreCancelled_LeaveTheirClaimsToOthers()
    {
        var alone = Alone();
        var together = _folder.Path("together");
        for (int stop = 1; stop < 6; stop++)
        {
            int left = stop;
            Assert.Throws<OperationCanceledException>(() => Run(
                new SharedFolder(together),
                genome => left-- > 0 ? Values(genome) : throw new OperationCanceledException()));
        }

        Assert.Equal(alone.Evaluated, Run(new SharedFolder(together), Values));
        Assert.Equal(File.ReadAllText(alone.Journal), File.ReadAllText(Journal(together)));
    }

    [Fact]
    public void Folder_ClaimOfAProcessThatIsGone_IsFreeAtOnce()
    {
        var together = _folder.Path("together");
        using var results = Open(new SharedFolder(together));
        var workers = Path.Combine(together, SharedFolder.Workers);
        File.WriteAllText(
            Path.Combine(workers, "gone-1-x.json"),
            """{"host":"gone","pid":1,"device":"cpu","instruction_set":"","threads":1,"claim":[1,2,0,0]}""");

        using var claim = results.TryClaim([1, 2, 0, 0], 0);

        Assert.NotNull(claim);
        Assert.False(File.Exists(Path.Combine(workers, "gone-1-x.json")));
    }

    [Fact]
    public void Folder_ClaimOfAWorkerThatIsThere_IsItsOwn()
    {
        var together = _folder.Path("together");
        using var first = Open(new SharedFolder(together));
        using var second = Open(new SharedFolder(together));

        using (first.TryClaim([1, 2, 0, 0], 0))
        {
            Assert.Null(second.TryClaim([1, 2, 0, 0], 0));
            Assert.NotNull(second.TryClaim([0, 2, 0, 0], 1));
            var status = SearchStatus.OfFolder(together, TimeProvider.System)!;
            Assert.Equal(
                ["0,2,0,0", "1,2,0,0"],
                status.Workers.Select(worker => worker.Claim).OfType<string>().Order(StringComparer.Ordinal));
            Assert.Equal((0, 24, false), (status.Done, status.Total, status.IsFinished));
        }

        Assert.NotNull(second.TryClaim([1, 2, 0, 0], 0));
    }

    [Fact]
    public void Folder_ResultOfALostClaim_IsThatOfTheFirst()
    {
        var together = _folder.Path("together");
        using var first = Open(new SharedFolder(together));
        using var second = Open(new SharedFolder(together));

        first.Publish([1, 2, 0, 0], [1, 2], 1);
        second.Publish([1, 2, 0, 0], [1, 3], 1);

        Assert.Equal([1.0, 2.0], second.Find([1, 2, 0, 0])!);
        Assert.Equal(2, File.ReadAllLines(Journal(together)).Length);
    }

    [Fact]
    public void Folder_WorkerOfAnotherSearch_IsRefusedWithTheDifference()
    {
        var together = _folder.Path("together");
        using var first = Open(new SharedFolder(together));

        var error = Assert.Throws<InvalidDataException>(() => Open(new SharedFolder(together), "another"));

        Assert.Contains("name was \"one\" and is \"another\"", error.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Ranks_AnyNumber_GiveWhatOneGives(int size)
    {
        var alone = Alone();
        var folder = _folder.Path($"ranks-{size}");
        int measured = 0;

        var results = ThreadRanks.Run(size, ranks => Run(
            new RankedSearch(ranks, folder), genome =>
            {
                Interlocked.Increment(ref measured);
                return Values(genome);
            }));

        Assert.All(results, result => Assert.Equal(alone.Evaluated, result));
        Assert.Equal(File.ReadAllText(alone.Journal), File.ReadAllText(Journal(folder)));
        Assert.Equal(File.ReadAllLines(alone.Journal).Length - 1, measured);
    }

    [Fact]
    public void Ranks_OneWithAnotherSearch_IsNamed()
    {
        var error = Assert.Throws<InvalidOperationException>(() => ThreadRanks.Run(2, ranks =>
        {
            using var results = Open(new RankedSearch(ranks, null), ranks.Rank == 0 ? "one" : "another");
            return 0;
        }));

        Assert.Contains(
            "Rank 1 has another search than rank 0 (name was \"one\" and is \"another\")", error.Message);
    }

    [Fact]
    public void Generation_Rivals_AreThoseOfEarlierGenerations()
    {
        var counts = new List<int>();
        var measurements = new GenomeMeasurements(
            new MemoryResults(), Genome.Key, (genome, rivals, _) =>
            {
                counts.Add(rivals.Count);
                return Values(genome);
            });

        SearchLoop.Run(Algorithm(), measurements);

        Assert.All(counts, count => Assert.Equal(0, count % 6));
        Assert.Equal(0, counts[0]);
        Assert.True(counts[^1] > 0);
    }

    [Fact]
    public void Postgres_ThreeWorkers_GiveWhatOneGives()
    {
        Assert.SkipUnless(TemporaryPostgres.Absence is null, TemporaryPostgres.Absence ?? "");
        using var database = TemporaryPostgres.Start();
        var address = PostgresAddress.Parse(database.Address);
        var alone = Alone();
        int measured = 0;

        var results = Together(3, worker => Run(
            new PostgresWorkplace(address, _folder.Path($"database-{worker}")), genome =>
            {
                Interlocked.Increment(ref measured);
                Thread.Sleep(1 + ((worker * 7) + genome.Sum()) % 5);
                return Values(genome);
            }));

        Assert.All(results, result => Assert.Equal(alone.Evaluated, result));
        Assert.Equal(File.ReadAllLines(alone.Journal).Length - 1, measured);
        Assert.All(Enumerable.Range(0, 3), worker => Assert.Equal(
            File.ReadAllText(alone.Journal), File.ReadAllText(Journal(_folder.Path($"database-{worker}")))));
        var status = Assert.Single(PostgresStatus.Of(address));
        Assert.Equal((true, measured, 0), (status.IsFinished, status.Measured, status.Workers.Count));
    }

    [Fact]
    public void Postgres_ConnectionsThatAreCut_LoseNothing()
    {
        Assert.SkipUnless(TemporaryPostgres.Absence is null, TemporaryPostgres.Absence ?? "");
        using var database = TemporaryPostgres.Start();
        var address = PostgresAddress.Parse(database.Address);
        var alone = Alone();
        using var cutter = new PostgresDatabase(address);
        cutter.Open();
        int measured = 0;

        var found = Run(new PostgresWorkplace(address, _folder.Path("database")), genome =>
        {
            if (++measured % 4 == 2)
            {
                Cut(cutter);
            }

            return Values(genome);
        });

        Assert.Equal(alone.Evaluated, found);
        Assert.Equal(File.ReadAllText(alone.Journal), File.ReadAllText(Journal(_folder.Path("database"))));
    }

    [Fact]
    public void Postgres_TwoSearches_AreKeptApart()
    {
        Assert.SkipUnless(TemporaryPostgres.Absence is null, TemporaryPostgres.Absence ?? "");
        using var database = TemporaryPostgres.Start();
        var address = PostgresAddress.Parse(database.Address);
        using var one = Open(new PostgresWorkplace(address, _folder.Path("one")));
        using var another = Open(new PostgresWorkplace(address, _folder.Path("another")), "another");
        using (one.TryClaim([1, 0, 0, 0], 0))
        {
            Assert.NotNull(another.TryClaim([1, 0, 0, 0], 0));
            Assert.Contains(PostgresStatus.Of(address), search => search.Workers.Any(
                worker => worker.Claim == "1,0,0,0" && worker.Worker == Somebody));
            one.Publish([1, 0, 0, 0], [1, 2], 1);
        }

        another.Refresh();
        Assert.Null(another.Find([1, 0, 0, 0]));
        Assert.Equal(2, PostgresStatus.Of(address).Count);
    }

    [Theory]
    [InlineData("postgres://lonas@db/searches", "postgres://lonas@db/searches")]
    [InlineData("postgresql://lonas@db.example.org:6432/searches?sslmode=verify-full",
        "postgresql://lonas@db.example.org:6432/searches?sslmode=verify-full")]
    [InlineData("postgres://lonas@[::1]:5432/searches", "postgres://lonas@[::1]:5432/searches")]
    public void Address_Sound_IsTaken(string text, string shown) =>
        Assert.Equal(shown, PostgresAddress.Parse(text).Text);

    [Theory]
    [InlineData("postgres://lonas:secret@db/searches", "has a password, which others could read there")]
    [InlineData("lonas:secret@db", "is no address of a PostgreSQL database")]
    [InlineData("mysql://lonas@db/searches", "is no address of a PostgreSQL database")]
    [InlineData("Host=db;Password=secret;@", "is no address of a PostgreSQL database")]
    [InlineData("share", "'share' is no address of a PostgreSQL database")]
    [InlineData("Host=db;Username=x;Password=secret", "is no address of a PostgreSQL database")]
    [InlineData("host db password secret", "is no address of a PostgreSQL database")]
    [InlineData("//lonas/secret", "is no address of a PostgreSQL database")]
    [InlineData("mysql://lonas:secret", "is no address of a PostgreSQL database")]
    [InlineData("postgres://lonas%3Asecret@db/searches", "has a password, which others could read there")]
    [InlineData("postgres://lonas%3asecret@db/searches", "has a password, which others could read there")]
    [InlineData("postgres://lonas@db/searches;Password=secret", "has an address with ';' or '='")]
    [InlineData("postgres://lonas@db/searches?sslrootcert=a;Password=secret", "has an address with ';' or '='")]
    [InlineData("postgres://lonas@db/searches?password:secret", "has a setting, which is not known")]
    [InlineData("postgres://lonas@db/searches?sslmode=secret", "has a setting that can't be: check sslmode")]
    [InlineData("postgres://db/searches", "has an address without a user")]
    [InlineData("postgres://lonas@db", "has an address without the name of one database")]
    [InlineData("postgres://lonas@db/a/b", "has an address without the name of one database")]
    [InlineData("postgres://lonas@db:port/searches", "has an address that can't be read")]
    [InlineData("postgres://lonas@db:99999/searches", "has an address that can't be read")]
    [InlineData("postgres://lonas@db/searches?password=secret", "has the setting 'password', which is not known")]
    [InlineData("postgres://lonas@db/searches?sslmode=maybe", "has a setting that can't be")]
    [InlineData("postgres://lonas@db/searches#x", "has an address with a '#'")]
    public void Address_Unsound_IsRefusedWithoutAPassword(string text, string problem)
    {
        var told = PostgresAddress.Problem(text);

        Assert.StartsWith(problem, told);
        Assert.DoesNotContain("secret", told);
    }

    [Fact]
    public void Postgres_LatencyWhoseConnectionIsCut_IsThatOfTheFirst()
    {
        Assert.SkipUnless(TemporaryPostgres.Absence is null, TemporaryPostgres.Absence ?? "");
        using var database = TemporaryPostgres.Start();
        var address = PostgresAddress.Parse(database.Address);
        using var cutter = new PostgresDatabase(address);
        cutter.Open();

        var table = Latency(address, "one", 1, () =>
        {
            Cut(cutter);
            Assert.Equal(2, Latency(address, "two", 2).Prefill);
        });

        Assert.Equal(2, table.Prefill);
        Assert.Equal(3, Latency(address, "three", 3, () => Cut(cutter), "another").Prefill);
    }

    [Fact]
    public void Postgres_ServerThatStops_IsOneMessage()
    {
        Assert.SkipUnless(TemporaryPostgres.Absence is null, TemporaryPostgres.Absence ?? "");
        using var database = TemporaryPostgres.Start();
        var place = new PostgresWorkplace(PostgresAddress.Parse(database.Address), _folder.Path("database"))
        {
            Reconnection = new PostgresReconnection(3, TimeSpan.FromMilliseconds(10)),
        };
        using var results = Open(place);
        using var claim = results.TryClaim([1, 0, 0, 0], 0);

        database.Stop();

        foreach (var work in new Action[]
        {
            results.Refresh, () => results.TryClaim([2, 0, 0, 0], 0), () => results.Publish([1, 0, 0, 0], [1, 2], 1),
        })
        {
            Assert.StartsWith(
                "the database is gone: Connection refused; what was published is there",
                Assert.Throws<IOException>(work).Message);
        }
    }

    [Fact]
    public void Postgres_EditedRows_AreRefusedByTheirNames()
    {
        Assert.SkipUnless(TemporaryPostgres.Absence is null, TemporaryPostgres.Absence ?? "");
        using var database = TemporaryPostgres.Start();
        var address = PostgresAddress.Parse(database.Address);
        using var editor = new PostgresDatabase(address);
        using var first = Open(new PostgresWorkplace(address, _folder.Path("one")));
        editor.Open();
        const string NoList = "it is no list of whole numbers";
        const string NoNumber = "its cost or metric is no number, or larger than any";
        (string Genome, double? Metric, string Problem)[] rows =
        [
            ("", 2, NoList), ("01,2,0,0", 2, NoList), ("1,-2,0,0", 2, NoList), ("1,2,0,0", null, NoNumber),
            ("1,2,0,1", double.NaN, NoNumber), ("1,2,0,2", double.PositiveInfinity, NoNumber),
            ("1,2,0,99999999999", 2, NoList), ("abc", 2, NoList),
        ];
        foreach (var (genome, metric, _) in rows)
        {
            editor.Run(
                "insert into lonas_evaluation (search, genome, cost, metric) "
                + "select id, $1::text, 1, $2::float8 from lonas_search",
                genome, metric);
        }

        foreach (var work in new Action[]
        {
            first.Refresh, () => Open(new PostgresWorkplace(address, _folder.Path("two"))).Dispose(),
        })
        {
            var message = Assert.Throws<InvalidDataException>(work).Message;
            Assert.Contains("; delete these rows of lonas_evaluation to measure them again:\n", message);
            Assert.Equal(
                rows.Select(row => $"  genome {row.Genome}: {row.Problem}").Order(StringComparer.Ordinal),
                message.Split('\n')[1..].Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Postgres_UserWithoutARight_IsToldWhich()
    {
        Assert.SkipUnless(TemporaryPostgres.Absence is null, TemporaryPostgres.Absence ?? "");
        using var database = TemporaryPostgres.Start();
        using var owner = new PostgresDatabase(PostgresAddress.Parse(database.Address));
        owner.Open(makes: false);
        owner.Run("create role worker login");
        owner.Run("revoke create on schema public from public");
        var address = PostgresAddress.Parse(database.AddressOf("worker"));
        string Refusal(Action work) => Assert.Throws<ArgumentException>(work).Message;
        void Work() => Assert.Equal(
            Alone().Evaluated, Run(new PostgresWorkplace(address, _folder.Path("database")), Values));

        Assert.EndsWith($"; the user needs the right {PostgresSchema.RightToMake}", Refusal(Work));
        owner.Open();
        Assert.EndsWith($"; the user needs the right {PostgresSchema.RightToUse}", Refusal(Work));
        Assert.EndsWith(
            $"; the user needs the right {PostgresSchema.RightToRead}", Refusal(() => PostgresStatus.Of(address)));
        owner.Run("grant select, insert, update on lonas_search, lonas_worker, lonas_evaluation, lonas_latency "
            + "to worker");
        owner.Run("grant usage on sequence lonas_worker_id_seq to worker");
        Work();
        Assert.Single(PostgresStatus.Of(address));
        owner.Run("revoke connect on database postgres from public");
        Assert.EndsWith($"; the user needs the right {PostgresSchema.RightToConnect}", Refusal(Work));
    }

    [Fact]
    public void Status_FilesOfAWorkerThatIsGone_Stay()
    {
        var together = _folder.Path("together");
        using var results = Open(new SharedFolder(together));
        var gone = Path.Combine(together, SharedFolder.Workers, "gone-1-x.json");
        File.WriteAllText(
            gone,
            """{"host":"gone","pid":1,"device":"cpu","instruction_set":"","threads":1,"claim":[1,2,0,0]}""");
        File.WriteAllText(Path.ChangeExtension(gone, ".lock"), "");

        var status = SearchStatus.OfFolder(together, TimeProvider.System)!;

        Assert.Equal("here", Assert.Single(status.Workers).Worker.Host);
        Assert.True(File.Exists(gone));
        Assert.True(File.Exists(Path.ChangeExtension(gone, ".lock")));
    }

    [Fact]
    public void Database_NobodyThere_IsOneMessage()
    {
        var error = Assert.Throws<ArgumentException>(
            () => PostgresStatus.Of(PostgresAddress.Parse("postgres://lonas@127.0.0.1:1/searches")));

        Assert.StartsWith("The database postgres://lonas@127.0.0.1:1/searches can't be used: ", error.Message);
    }

    public void Dispose() => _folder.Dispose();

    private static double[] Values(int[] genome) => [genome.Sum(), 1.0 / (1 + genome.Sum() + (genome[0] / 3.0))];

    private static string Journal(string folder) => Path.Combine(folder, SearchFiles.Journal);

    private static ISearchAlgorithm Algorithm() => SearchAlgorithms.Create(new SearchOptions
    {
        Levels = [3, 3, 3, 3],
        Description = new SearchDescription { Evaluations = 24, Population = 6 },
    });

    private static void Cut(PostgresDatabase cutter) => cutter.Run(
        "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
        + "and application_name = 'lonas search'");

    private LatencyTable Latency(
        PostgresAddress address, string folder, double prefill, Action? meanwhile = null, string name = "one")
    {
        var path = Path.Combine(
            Directory.CreateDirectory(_folder.Path(folder)).FullName, SearchFiles.LatencyTable);
        var source = new LatencySource(
            path, () => new JsonObject { ["name"] = name }, Somebody,
            () =>
            {
                meanwhile?.Invoke();
                return new LatencyTable
                {
                    PromptTokens = 1,
                    NewTokens = 2,
                    Prefill = prefill,
                    Decode = 1,
                    Noise = 0,
                    Kinds = [],
                };
            },
            (file, _) => JsonSerializer.Deserialize<LatencyTable>(File.ReadAllText(file))!);
        return new PostgresWorkplace(address, _folder.Path(folder)).Latency(source, CancellationToken.None);
    }

    private static ISharedResults Open(ISearchWorkplace place, string name = "one") => place.Open(
        new SharedSearch(() => new JsonObject { ["name"] = name }, 24, (_, _) => null, Somebody),
        CancellationToken.None);

    private static string[] Run(ISearchWorkplace place, Func<int[], double[]> measure)
    {
        using var results = Open(place);
        var evaluated = SearchLoop.Run(
            Algorithm(), new GenomeMeasurements(results, Genome.Key, (genome, _, _) => measure(genome)));
        results.Finish([.. evaluated.Select(entry => entry.Genome)]);
        return [.. evaluated.Select(entry => $"{Genome.Key(entry.Genome)}: {string.Join(' ', entry.Objectives)}")];
    }

    private static string[][] Together(int count, Func<int, string[]> work)
    {
        var tasks = Enumerable.Range(0, count)
            .Select(worker => Task.Factory.StartNew(() => work(worker), TaskCreationOptions.LongRunning)).ToArray();
        return Task.WhenAll(tasks).Result;
    }

    private (string[] Evaluated, string Journal) Alone()
    {
        var folder = _folder.Path("alone");
        return (Run(new OwnPlace(folder), Values), Journal(folder));
    }
}
