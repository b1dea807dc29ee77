using LoNas.Cli.Flags;
using LoNas.Cli.Options;

namespace LoNas.Cli.Extract;

/// <summary>The options of <c>merge</c>.</summary>
internal sealed record MergeOptions
{
    public ModelFlags Model { get; init; } = new();

    public AdapterFlags Adapter { get; init; } = new();

    public FolderFlags Folder { get; init; } = new();

    public WritingFlags Writing { get; init; } = new();

    /// <summary>How tables are shown.</summary>
    public TableFlags Tables { get; init; } = new();

    /// <summary>The flags.</summary>
    public static OptionTable<MergeOptions> Table { get; } = new OptionTable<MergeOptions>(new MergeOptions())
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.NameRows)
        .Part(o => o.Adapter, (o, v) => o with { Adapter = v }, rows => AdapterFlags
            .Rows(rows, null, byDefault: SubAdapterChoice.Maximal))
        .Reword("lora_weights", "PEFT folder of the trained adapter, or its hub name", isRequired: true)
        .Part(o => o.Folder, (o, v) => o with { Folder = v }, rows => FolderFlags.FolderRow(rows, "merged"))
        .Part(o => o.Folder, (o, v) => o with { Folder = v }, FolderFlags.WeightRows)
        .Part(o => o.Tables, (o, v) => o with { Tables = v }, TableFlags.Row)
        .Part(o => o.Writing, (o, v) => o with { Writing = v }, rows => WritingFlags.Rows(
            rows, "read the output back and compare its logits with those of base and adapter"))
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ThreadRow);

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems();
        Model.Check(problems);
        Adapter.Check(problems);
        return problems
            .Required("lora_weights", Adapter.LoraWeights, "give the adapter to merge")
            .Required("output_dir", Folder.OutputDir, "give the folder of the merged model")
            .Found;
    }
}
