using LoNas.Cli.Options;
using LoNas.Postgres;

namespace LoNas.Cli.Status;

/// <summary>The options of <c>status</c>.</summary>
internal sealed record StatusOptions
{
    /// <summary>Empty: none is given.</summary>
    public string OutputDir { get; init; } = "";

    /// <summary>The database of searches; null for the folder's.</summary>
    public string? Workers { get; init; }

    public bool Json { get; init; }

    /// <summary>The flags.</summary>
    public static OptionTable<StatusOptions> Table { get; } = new OptionTable<StatusOptions>(new StatusOptions())
        .Group("Work")
        .Add("output_dir", OptionValues.Text("DIR"), o => o.OutputDir, (o, v) => o with { OutputDir = v ?? "" },
            "the folder of a search or a training; nothing is changed there")
        .Operand()
        .Add("workers", OptionValues.Text("postgres://USER@HOST/DB"), o => o.Workers, (o, v) => o with { Workers = v },
            "show the searches of a database instead (password: PGPASSWORD or ~/.pgpass)")
        .Group("Output")
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output and nothing else");

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate() => new OptionProblems()
        .When(OutputDir.Length == 0 && Workers is null,
            "--output_dir is missing: give the folder of a search or a training, or --workers postgres://... for a "
            + "database",
            "output_dir", "workers")
        .When(OutputDir.Length > 0 && Workers is not null,
            "--output_dir and --workers are two places; give one of them", "output_dir", "workers")
        .When(Workers is not null && PostgresAddress.Problem(Workers) is not null,
            $"--workers {PostgresAddress.Problem(Workers ?? "")}; expected an address such as "
            + "postgres://user@host:5432/database",
            "workers")
        .Found;
}
