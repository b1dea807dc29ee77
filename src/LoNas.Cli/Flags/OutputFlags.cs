using LoNas.Cli.Options;

namespace LoNas.Cli.Flags;

/// <summary>The folder that takes what a command writes.</summary>
internal sealed record OutputFlags
{
    /// <summary>The heading of these flags in the help.</summary>
    public const string Heading = "Output and run";

    /// <summary>Empty: none is given.</summary>
    public string OutputDir { get; init; } = "";

    public bool Overwrite { get; init; }

    /// <param name="table">The flags.</param>
    /// <param name="description">What the folder is for.</param>
    /// <param name="otherwise">What holds where no folder is given.</param>
    /// <param name="overwriting">What the flag to overwrite it does.</param>
    public static void Rows(
        OptionTable<OutputFlags> table,
        string description,
        string? otherwise = null,
        string overwriting = "start again in a folder that holds another run or other files; "
            + "the other run is removed") => table
        .Group(Heading)
        .Add("output_dir", OptionValues.Text("DIR"), o => o.OutputDir, (o, v) => o with { OutputDir = v ?? "" },
            description, otherwise)
        .Also("output")
        .Add("overwrite", OptionValues.Switch, o => o.Overwrite, (o, v) => o with { Overwrite = v }, overwriting)
        .Also("overwrite_output_dir");
}
