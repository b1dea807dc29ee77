using LoNas.Cli.Flags;
using LoNas.Cli.Options;

namespace LoNas.Cli.Quickstart;

/// <summary>The options of <c>quickstart</c>.</summary>
internal sealed record QuickstartOptions
{
    public OutputFlags Output { get; init; } = new() { OutputDir = "out/quickstart" };

    public long Seed { get; init; } = 42;

    /// <summary>Where it runs; the model is the committed one.</summary>
    public ModelFlags Model { get; init; } = new() { Device = "cpu" };

    /// <summary>How tables are shown.</summary>
    public TableFlags Tables { get; init; } = new();

    /// <summary>The flags.</summary>
    public static OptionTable<QuickstartOptions> Table { get; } =
        new OptionTable<QuickstartOptions>(new QuickstartOptions())
        .Part(o => o.Output, (o, v) => o with { Output = v }, rows => OutputFlags.Rows(
            rows, "folder for the adapter, results and summary.json"))
        .Part(o => o.Tables, (o, v) => o with { Tables = v }, TableFlags.Row)
        .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v },
            "seed of shuffles, sub-adapters and initial weights")
        .Part(o => o.Model, (o, v) => o with { Model = v }, rows => ModelFlags.DeviceRow(
            rows, "so small a model is as quick on a CPU"))
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ThreadRow);

    /// <summary>Everything that is wrong with the values; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems()
            .Required("output_dir", Output.OutputDir, "give the folder for results")
            .AtLeast("seed", Seed, 0);
        Model.CheckRun(problems);
        return problems.Found;
    }
}
