using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using LoNas.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Train;

/// <summary>Memory of a whole run, in a process of its own so that nothing else is measured.</summary>
public sealed partial class MemoryTests
{
    [Fact]
    public void RunMath_OverTwoHundredSteps_StaysFlat()
    {
        using var sample = new SampleRun();
        var args = sample.Training(
            ("max_steps", "360"), ("per_device_train_batch_size", "2"), ("gradient_accumulation_steps", "1"),
            ("logging_steps", "40"), ("save_strategy", "no"));
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(Program).Assembly.Location, .. args])
        {
            RedirectStandardOutput = true,
        };

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        Assert.Equal(0, process.ExitCode);
        var resident = Resident().Matches(output)
            .Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(9, resident.Length);
        // From step 160 to 360. The heap still settles by a few MiB; 200 leaked steps would be hundreds.
        Assert.True(resident[8] - resident[3] <= 0.04, $"GiB resident: {string.Join(", ", resident)}");
    }

    [GeneratedRegex(@"([0-9.]+) GiB")]
    private static partial Regex Resident();
}
