using LoNas.Cli.Flags;
using LoNas.Cli.Options;
using LoNas.Export.Extraction;
using static TorchSharp.torch;

namespace LoNas.Cli.Extract;

/// <summary>How a written model or file is checked and told about, alike in every command that writes one.</summary>
internal sealed record WritingFlags
{
    public bool NoVerify { get; init; }

    public bool Json { get; init; }

    /// <summary>Whether it is written though the disk seems too small.</summary>
    public bool Force { get; init; }

    /// <param name="table">The flags.</param>
    /// <param name="skippedCheck">The check that is made without --no_verify, as it reads after "do not".</param>
    public static void Rows(OptionTable<WritingFlags> table, string skippedCheck) => table
        .Add("no_verify", OptionValues.Switch, o => o.NoVerify, (o, v) => o with { NoVerify = v },
            $"do not {skippedCheck}")
        .Add("json", OptionValues.Switch, o => o.Json, (o, v) => o with { Json = v },
            "one JSON object on standard output and nothing else")
        .Group("Run")
        .Add("force", OptionValues.Switch, o => o.Force, (o, v) => o with { Force = v },
            "write though the disk seems too small");
}

/// <summary>A model folder that is written.</summary>
internal sealed record FolderFlags
{
    public string OutputDir { get; init; } = "";

    /// <summary>Whether an earlier output may be replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Null: the checkpoint's own.</summary>
    public ScalarType? DType { get; init; }

    public long MaxShardSize { get; init; } = new ExtractionOptions { OutputDir = "" }.MaxShardSize;

    /// <summary>Whether the weights get another form, which even an uncut model may be wanted in.</summary>
    public bool ChangesForm => DType is not null || MaxShardSize != new FolderFlags().MaxShardSize;

    /// <summary>The folder.</summary>
    /// <param name="table">The flags.</param>
    /// <param name="what">What kind of model it holds.</param>
    public static void FolderRow(OptionTable<FolderFlags> table, string what) => table
        .Group("Output")
        .Add("output_dir", OptionValues.Text("DIR"), o => o.OutputDir, (o, v) => o with { OutputDir = v ?? "" },
            $"folder of the {what} model; a new one unless --overwrite is given")
        .Also("output")
        .Required()
        .Add("overwrite", OptionValues.Switch, o => o.Overwrite, (o, v) => o with { Overwrite = v },
            "replace a folder that an earlier extract or merge wrote, once the new one is complete")
        .Also("overwrite_output_dir");

    /// <summary>The weight files in it.</summary>
    public static void WeightRows(OptionTable<FolderFlags> table) => table
        .Add("dtype", TypeNames.Value, o => o.DType, (o, v) => o with { DType = v },
            "element type of the weights that are written", "the base model's own")
        .Add("max_shard_size", ExportValues.Size, o => o.MaxShardSize, (o, v) => o with { MaxShardSize = v },
            "most bytes of a weight file");
}
