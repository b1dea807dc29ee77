using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text.Json.Nodes;
using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Distributed;
using LoNas.Opening;
using LoNas.Runtime;
using LoNas.Storage;
using LoNas.Training.Checkpoints;
using TorchSharp;

namespace LoNas.Cli.Train;

/// <summary>
/// What has to be the same on all ranks of a run, or they compute something else without anyone seeing it: programs,
/// processors, options, data, model, and what the output folder holds.
/// </summary>
internal static class RunFingerprint
{
    /// <summary>The model's flags for a rank, which shares its machine with others; null for none.</summary>
    public static ModelFlags Placed(ModelFlags model, RankPlace? place) => place is null ? model : model with
    {
        Threads = model.Threads ?? place.Threads,
        Device = place.LocalSize > 1 ? DeviceChoice.OfRank(model.Device, place.LocalRank) : model.Device,
    };

    /// <summary>The report of a rank for which there is nothing to be done.</summary>
    public static RankReport OfNothing() =>
        new(null, 0, new Dictionary<string, string> { ["what is to be done"] = "nothing" }, 0, "");

    /// <summary>The report of a rank that can begin.</summary>
    /// <param name="options">Its options.</param>
    /// <param name="data">Its data.</param>
    /// <param name="model">Its model.</param>
    /// <param name="output">What it sees in the output folder; null for none.</param>
    public static RankReport Of(RunOptions options, RunData data, ElasticModel model, OutputFolder? output)
    {
        var same = new Dictionary<string, string>
        {
            ["what is to be done"] = "a run",
            ["the program"] = typeof(RunFingerprint).Assembly
                .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
            ["libtorch"] = torch.__version__,
            ["the processor"] = Processor(),
            ["the kind of device"] = model.Device.type.ToString(),
            ["the number of threads (--threads)"] = torch.get_num_threads().ToString(CultureInfo.InvariantCulture),
            ["the output folder"] = Path.GetFullPath(options.Output.OutputDir),
            ["the model's files"] = ContentHash.OfModel(model.Folder.Path),
            ["the run in the output folder"] = output is null ? "none" : output.Stage.ToString().ToLowerInvariant(),
            ["its newest checkpoint, which a folder that all share shows to all"] = output is null ? "none"
                : Path.GetFileName(TrainingCheckpoint.Newest(output.Path).Folder) ?? "none",
        };
        Add(same, RunIdentity.OfTraining(options, data));
        Add(same, RunIdentity.OfTesting(options, data));
        return new RankReport(null, 0, same, torch.get_num_threads(), model.Device.ToString());
    }

    private static void Add(Dictionary<string, string> same, JsonObject? identity)
    {
        foreach (var (name, value) in identity ?? [])
        {
            same[name] = Excerpt.Of(value?.ToJsonString() ?? "none");
        }
    }

    /// <summary>What decides in which order and type it adds.</summary>
    private static string Processor() => $"{RuntimeInformation.ProcessArchitecture} "
        + (Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : "without AVX2")
        + (ProcessorTypes.PrefersFloat32 ? ", float32 for bfloat16" : ", bfloat16");
}
