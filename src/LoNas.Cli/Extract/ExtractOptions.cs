using LoNas.Cli.Flags;
using LoNas.Cli.Options;

namespace LoNas.Cli.Extract;

/// <summary>The options of <c>extract</c>.</summary>
internal sealed record ExtractOptions
{
    public ModelFlags Model { get; init; } = new();

    public AdapterFlags Adapter { get; init; } = new();

    public FolderFlags Folder { get; init; } = new();

    /// <summary>Says what is done anyway unless <see cref="KeepAdapter"/> is given.</summary>
    public bool Merge { get; init; }

    public bool KeepAdapter { get; init; }

    public bool PadToUniform { get; init; }

    public WritingFlags Writing { get; init; } = new();

    /// <summary>How tables are shown.</summary>
    public TableFlags Tables { get; init; } = new();

    /// <summary>The flags.</summary>
    public static OptionTable<ExtractOptions> Table { get; } = new OptionTable<ExtractOptions>(new ExtractOptions())
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.NameRows)
        .Part(o => o.Adapter, (o, v) => o with { Adapter = v }, AdapterFlags.Rows)
        .Part(o => o.Folder, (o, v) => o with { Folder = v }, rows => FolderFlags.FolderRow(rows, "new"))
        .Add("merge", OptionValues.Switch, o => o.Merge, (o, v) => o with { Merge = v },
            "merge the adapter into the cut base, which is done unless --keep_adapter is given")
        .Add("keep_adapter", OptionValues.Switch, o => o.KeepAdapter, (o, v) => o with { KeepAdapter = v },
            "keep the cut adapter beside the cut base, in adapter/")
        .Add("pad_to_uniform", OptionValues.Switch, o => o.PadToUniform, (o, v) => o with { PadToUniform = v },
            "pad MLPs with zeros to one width, so that any tool loads the folder; less is saved")
        .Part(o => o.Folder, (o, v) => o with { Folder = v }, FolderFlags.WeightRows)
        .Part(o => o.Tables, (o, v) => o with { Tables = v }, TableFlags.Row)
        .Part(o => o.Writing, (o, v) => o with { Writing = v }, rows => WritingFlags.Rows(
            rows, "read the output back and compare its logits with the masked model's"))
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ThreadRow);

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems();
        Model.Check(problems);
        Adapter.Check(problems);
        return problems
            .Required("output_dir", Folder.OutputDir, "give the folder of the new model")
            .When(Adapter.LoraWeights is null && !PadToUniform && !KeepAdapter && !Folder.ChangesForm,
                "without --lora_weights there is nothing to cut, and the result would be a copy of the base; give the "
                + "adapter, or what is to change besides: --pad_to_uniform, --dtype or --max_shard_size",
                "lora_weights")
            .When(Merge && KeepAdapter, "--merge and --keep_adapter exclude each other; give one", "merge",
                "keep_adapter")
            .When(KeepAdapter && PadToUniform,
                "--keep_adapter and --pad_to_uniform exclude each other: the adapter has the cut widths; merge it",
                "keep_adapter", "pad_to_uniform")
            .When(KeepAdapter && Adapter.LoraWeights is null,
                "--keep_adapter needs --lora_weights, the adapter to keep", "keep_adapter", "lora_weights")
            .Found;
    }
}
