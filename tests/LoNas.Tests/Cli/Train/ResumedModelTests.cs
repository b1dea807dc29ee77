using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Train;

/// <summary>A test under way goes on only with the model it was begun with.</summary>
public sealed class ResumedModelTests
{
    [Fact]
    public void Run_AnotherModelOfEqualSize_IsRefusedByName()
    {
        using var sample = new SampleRun();
        var model = SampleRun.CopyOfModel(Path.Combine(sample.Folder, "model"));
        var test = sample.Testing(("lora", null), ("lora_weights", null), ("model_name_or_path", model));
        using (var stop = new CancellationTokenSource())
        {
            stop.Cancel();
            Assert.Equal(130, SampleRun.Run(test, stop.Token).ExitCode);
        }

        SampleRun.ChangeWeights(model);

        var run = SampleRun.Run(test);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("(model_files was ", run.Error);
    }
}
