using LoNas.Cli.Options;
using LoNas.Hub;

namespace LoNas.Cli.Sets;

/// <summary>The options of the <c>data</c> commands.</summary>
internal sealed record SetsOptions
{
    public string DatasetsDir { get; init; } = "datasets";

    /// <summary>Null: the one that is known to have the files.</summary>
    public string? HubDataset { get; init; }

    /// <summary>Seconds; null: the environment's, or the library's default.</summary>
    public double? HubTimeout { get; init; }

    public bool DryRun { get; init; }

    /// <summary>The hub's repository to download from; null where there is none.</summary>
    public HubName? Repository(PublicSets sets) => (HubDataset ?? sets.HubDataset) is { } name
        ? HubName.Parse(name)! with { IsDataset = true }
        : null;

    /// <summary>The flags.</summary>
    public static OptionTable<SetsOptions> Table(PublicSets sets) => new OptionTable<SetsOptions>(new SetsOptions())
        .Group("Data")
        .Add("datasets_dir", OptionValues.Text("DIR"), o => o.DatasetsDir, (o, v) => o with { DatasetsDir = v ?? "" },
            "folder of the data sets")
        .Add("dry_run", OptionValues.Switch, o => o.DryRun, (o, v) => o with { DryRun = v },
            "only look and say what is missing; download nothing")
        .Group("Hub")
        .Add("hub_dataset", OptionValues.Text("NAME"), o => o.HubDataset, (o, v) => o with { HubDataset = v },
            "hub name of a data set that has the files under the paths of their source, such as a copy of your own",
            sets.HubDataset)
        .Add("hub_timeout", OptionValues.OptionalNumber, o => o.HubTimeout, (o, v) => o with { HubTimeout = v },
            "seconds to wait for the hub while nothing comes", "HF_HUB_DOWNLOAD_TIMEOUT, or 30");

    /// <summary>Everything that is wrong with the values; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate() => new OptionProblems()
        .When(DatasetsDir.Length == 0, "--datasets_dir is empty: give a folder", "datasets_dir")
        .When(HubDataset is not null && HubName.Parse(HubDataset) is null,
            $"--hub_dataset is '{HubDataset}'; expected a hub name such as nyu-mll/glue", "hub_dataset")
        .Positive("hub_timeout", HubTimeout)
        .AtMost("hub_timeout", HubTimeout, HubSettings.LongestTimeout.TotalSeconds)
        .Found;
}
