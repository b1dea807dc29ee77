using LoNas.Cli.Options;

namespace LoNas.Bench.Records;

/// <summary>The options of <c>bench records</c>.</summary>
internal sealed record BenchRecordsOptions
{
    public string? Model { get; init; }

    public int Records { get; init; } = 1_000_000;

    public string? ChatTemplate { get; init; } = "chatml";

    public long Seed { get; init; } = 42;

    /// <summary>The flags.</summary>
    public static OptionTable<BenchRecordsOptions> Table { get; } =
        new OptionTable<BenchRecordsOptions>(new BenchRecordsOptions())
        .Group("Data")
        .Add("model_name_or_path", OptionValues.Text("DIR"), o => o.Model, (o, v) => o with { Model = v },
            "folder with the tokenizer that encodes the records", "they are read alone")
        .Add("records", OptionValues.Integer, o => o.Records, (o, v) => o with { Records = v },
            "short conversations that are written and read")
        .Add("chat_template", OptionValues.Text("FILE|NAME"), o => o.ChatTemplate,
            (o, v) => o with { ChatTemplate = v }, "chat template of the conversations; empty: instructions instead")
        .Group("Run")
        .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v }, "seed of the texts");

    /// <summary>Everything that is wrong with the values; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate() =>
        new OptionProblems().AtLeast("records", Records, 1).AtLeast("seed", Seed, 0).Found;
}
