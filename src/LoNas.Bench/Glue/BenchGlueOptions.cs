using LoNas.Cli.Flags;
using LoNas.Cli.Options;

namespace LoNas.Bench.Glue;

/// <summary>The options of <c>bench glue</c>.</summary>
internal sealed record BenchGlueOptions
{
    /// <summary>Which encoder; none stands for a random one.</summary>
    public ModelFlags Model { get; init; } = new() { Device = "cpu" };

    public string? GlueDir { get; init; }

    public int Pairs { get; init; } = 1_000;

    public int Batch { get; init; } = 64;

    public int Repeats { get; init; } = 3;

    public long Seed { get; init; } = 42;

    public bool Json { get; init; }

    /// <summary>The flags.</summary>
    public static OptionTable<BenchGlueOptions> Table { get; } =
        new OptionTable<BenchGlueOptions>(new BenchGlueOptions())
        .Part(o => o.Model, (o, v) => o with { Model = v }, rows => ModelFlags.NameRow(
            rows, "DIR", "Hugging Face folder of an encoder", "a random one of 6 layers of 384"))
        .Group("Data")
        .Add("glue_dir", OptionValues.Text("DIR"), o => o.GlueDir, (o, v) => o with { GlueDir = v },
            "folder with GLUE's MRPC, whose pairs are taken", "random tokens of such lengths")
        .Add("pairs", OptionValues.Integer, o => o.Pairs, (o, v) => o with { Pairs = v }, "pairs that are scored")
        .Group("Run")
        .Add("batch", OptionValues.Integer, o => o.Batch, (o, v) => o with { Batch = v }, "pairs at a time")
        .Also("per_device_eval_batch_size")
        .Add("repeats", OptionValues.Integer, o => o.Repeats, (o, v) => o with { Repeats = v },
            "timed rounds of each; the medians count")
        .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v }, "seed of weights and tokens")
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ThreadRow)
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output and nothing else");

    /// <summary>Everything that is wrong with the values; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems();
        Model.CheckRun(problems);
        return problems
            .When(GlueDir is not null && Model.ModelNameOrPath.Length == 0,
                "--glue_dir needs --model_name_or_path, whose tokenizer encodes the pairs", "glue_dir")
            .AtLeast("pairs", Pairs, 1).AtLeast("batch", Batch, 1).AtLeast("repeats", Repeats, 1)
            .AtLeast("seed", Seed, 0)
            .Found;
    }
}
