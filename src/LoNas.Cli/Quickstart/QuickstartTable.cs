using LoNas.Cli.Options;

namespace LoNas.Cli.Quickstart;

/// <summary>The flags of <c>quickstart</c>.</summary>
internal static class QuickstartTable
{
    public static OptionTable<QuickstartOptions> Table { get; } =
        new OptionTable<QuickstartOptions>(new QuickstartOptions())
            .Group("Output and run")
            .Add("output_dir", OptionValues.Text("DIR"), o => o.OutputDir, (o, v) => o with { OutputDir = v ?? "" },
                "folder for the adapter, results and summary.json")
            .Add("overwrite_output_dir", OptionValues.Switch, o => o.OverwriteOutputDir,
                (o, v) => o with { OverwriteOutputDir = v },
                "start again in a folder that holds another run or other files; the other run is removed")
            .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v },
                "seed of shuffles, sub-adapters and initial weights")
            .Add("device", OptionValues.FreeText, o => o.Device, (o, v) => o with { Device = v ?? "" },
                $"where the model computes: {LoNas.Runtime.DeviceChoice.Names}; so small a model is as quick on a CPU")
            .Add("threads", OptionValues.OptionalInteger, o => o.Threads, (o, v) => o with { Threads = v },
                "threads of a CPU", "physical cores");
}
