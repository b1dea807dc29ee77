using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>A dry run says first what was asked for, then what comes of it, and the rest only on demand.</summary>
public sealed class DryRunTests : IDisposable
{
    private readonly SampleRun _sample = new(trainingRecords: 24);

    public void Dispose() => _sample.Dispose();

    [Fact]
    public void DryRun_Training_SaysWhatWasGivenThenWhatComesOfIt()
    {
        var shown = Show(("nncf_config", null), ("warmup_ratio", "0.5"), ("val_set_size", "4"), ("seed", "7"));

        var (given, resolved) = (
            shown.IndexOf("differs from the defaults:\n", StringComparison.Ordinal),
            shown.IndexOf("what comes of it:\n", StringComparison.Ordinal));
        Assert.InRange(given, 0, resolved);
        var first = shown[given..resolved];
        Assert.Contains("\n  --seed 7\n", first, StringComparison.Ordinal);
        Assert.DoesNotContain("max_grad_norm", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("null", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("dry_run", shown, StringComparison.Ordinal);
        // 20 records in batches of 4 are 5 micro-batches: 2 steps of two, and half of them are warm-up.
        foreach (var line in new[]
        {
            "device: cpu, base in float32, 1 thread",
            "adapter: rank 32, alpha 64, dropout 0.1, on q_proj, k_proj, v_proj, up_proj, gate_proj, down_proj",
            "steps: 2 optimiser steps over 1 epoch of 5 micro-batches; 4 records in each, 2 to a step",
            "learning rate: 5e-5, linear, after 1 step of warm-up",
            "checkpoints: 1, one an epoch, all kept",
            "seed: 7",
            $"output: '{_sample.Output}', which is new: the adapter, checkpoints and the training's results",
        })
        {
            Assert.Contains($"\n  {line}\n", shown[resolved..], StringComparison.Ordinal);
        }

        Assert.Matches(@"\n  records: 20 to train on, 4 for validation \(tokens: shortest \d+, longest \d+\)", shown);
    }

    [Fact]
    public void DryRun_Verbose_ShowsAllOptionsWithTheirValues()
    {
        var shown = Show(("nncf_config", null), ("verbose", "True"));

        Assert.Matches("\"learning_rate\": (5E-05|5e-05|0.00005)", shown);
        Assert.Contains("\"max_grad_norm\": 1", shown, StringComparison.Ordinal);
        Assert.Contains("tokens of 24 records:", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void DryRun_OfAFinishedRun_SaysThatNothingIsChanged()
    {
        Assert.Equal(0, CliRun.Of(_sample.Training()).ExitCode);

        Assert.Contains("where this run is finished: nothing is changed", Show(), StringComparison.Ordinal);
    }

    [Fact]
    public void DryRun_Configuration_SaysItsRateAndGroups()
    {
        var shown = Show();

        Assert.Contains($"search space: 12 groups, of '{SampleRun.Configuration}'", shown, StringComparison.Ordinal);
        Assert.Matches(@"learning rate: 2\.\d+e-3 at first, then as the configuration's stages say", shown);
    }

    [Fact]
    public void Verbose_WithoutADryRun_IsRefused() => Assert.Equal(
        "error: --verbose needs --dry_run\n", CliRun.RunMathError(_sample.Training(("verbose", "True"))[1..]));

    private string Show(params (string, string?)[] changes)
    {
        var run = CliRun.Of(_sample.Training([.. changes, ("dry_run", "True")]));
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output;
    }
}
