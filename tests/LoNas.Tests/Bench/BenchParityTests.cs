using System.Text.Json;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.Bench;

public sealed class BenchParityTests
{
    [Fact]
    public void Run_EveryType_HoldsAgainstFloat32()
    {
        var run = CliRun.Of("bench", "parity", "--device", "cpu", "--threads", "1", "--json");

        Assert.Equal(0, run.ExitCode);
        var results = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(["float32", "bfloat16", "float16"], results.EnumerateObject().Select(result => result.Name));
        Assert.Equal(0, results.GetProperty("float32").GetProperty("logits").GetDouble());
        foreach (var type in new[] { "bfloat16", "float16" })
        {
            // Not the same by not having been computed.
            Assert.InRange(results.GetProperty(type).GetProperty("logits").GetDouble(), 1e-5, 5e-2);
            Assert.InRange(results.GetProperty(type).GetProperty("gradients").GetDouble(), 1e-5, 1e-1);
            Assert.InRange(results.GetProperty(type).GetProperty("training").GetDouble(), 1e-9, 1e-2);
            Assert.Equal(0, results.GetProperty(type).GetProperty("dropout").GetDouble());
            Assert.True(results.GetProperty(type).GetProperty("holds").GetBoolean());
        }
    }

    [Fact]
    public void Run_Table_NamesTheDeviceAndWhatHolds()
    {
        var run = CliRun.Of(
            "bench", "parity", "--model_name_or_path", SampleRun.Model, "--device", "cpu", "--threads", "1",
            "--dtypes", "float32",
            "--max_new_tokens", "2");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("cpu against float32 on the CPU", run.Output);
        Assert.Contains("| float32 |", run.Output);
        Assert.Contains("| same |", run.Output);
    }
}
