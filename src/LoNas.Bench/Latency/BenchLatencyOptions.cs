using LoNas.Cli.Flags;
using LoNas.Cli.Options;

namespace LoNas.Bench.Latency;

/// <summary>The options of <c>bench latency</c>.</summary>
internal sealed record BenchLatencyOptions
{
    public ModelFlags Model { get; init; } = new();

    public AdapterFlags Adapter { get; init; } = new();

    public long Seed { get; init; } = 42;

    /// <summary>The flags.</summary>
    public static OptionTable<BenchLatencyOptions> Table { get; } =
        new OptionTable<BenchLatencyOptions>(new BenchLatencyOptions())
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.Rows)
        .Group("Adapter")
        .Part(o => o.Adapter, (o, v) => o with { Adapter = v }, rows => AdapterFlags.SourceRows(rows, null))
        .Reword("lora_weights", "PEFT folder of a trained adapter, or its hub name", isRequired: true)
        .Group("Run")
        .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v }, "seed of the sub-adapters")
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ThreadRow);

    /// <summary>Everything that is wrong with the values; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems();
        Model.Check(problems);
        return problems
            .Required("lora_weights", Adapter.LoraWeights, "give the folder of a trained adapter")
            .AtLeast("seed", Seed, 0)
            .Found;
    }
}
