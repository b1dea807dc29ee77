using LoNas.Export;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>Two processes that write one output at once, and writers that are asked to stop.</summary>
public sealed class TwoWritersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("own.json", "make-config", "--preset", "math")]
    [InlineData("m.gguf", "export", "--to", "gguf", "--no_verify")]
    public async Task Program_TwoProcessesAtOnce_OneWinsAndItsFileIsWhole(string name, params string[] command)
    {
        string[] Line(string file) =>
            [.. command, "--model_name_or_path", SampleRun.Model, "--output", _folder.Path(file)];
        Assert.Equal(0, CliRun.Of(Line($"alone-{name}")).ExitCode);

        var runs = await Task.WhenAll(Enumerable.Range(0, 3).Select(
            _ => Task.Run(() => CliProcess.Of([], Line(name)))));

        Assert.Single(runs, run => run.ExitCode == 0);
        Assert.All(runs.Where(run => run.ExitCode != 0), run =>
        {
            Assert.Equal(2, run.ExitCode);
            Assert.Matches("exists already|is being written by another process|was written by another", run.Error);
        });
        Assert.Equal(new FileInfo(_folder.Path($"alone-{name}")).Length, new FileInfo(_folder.Path(name)).Length);
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder.Root).Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PeftExport_AskedToStop_LeavesNothingHalfWritten(bool isThere)
    {
        using var model = ElasticModel.Open(new OpenOptions
        {
            Model = Repository.Fixture("llama-tiny"),
            Adapter = TinyFamilies.AdapterFolder("llama"),
            Use = ModelUse.Stored,
            NeedsTokenizer = false,
        });
        var output = _folder.Path("peft");
        if (isThere)
        {
            PeftExport.Save(model, null, output);
            File.WriteAllText(Path.Combine(output, "adapter_model.safetensors"), "former");
        }

        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.Throws<OperationCanceledException>(
            () => PeftExport.Save(model, null, output, stopped.Token, replace: true));

        Assert.Equal(isThere ? [output] : [], Directory.GetFileSystemEntries(_folder.Root));
        Assert.True(!isThere
            || File.ReadAllText(Path.Combine(output, "adapter_model.safetensors")) == "former");
    }

    [Fact]
    public void ExportPeft_AskedToStop_SaysThatNothingWasWritten()
    {
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        var output = _folder.Path("peft");

        var run = SampleRun.Run(
            [
                "export", "--to", "peft", "--model_name_or_path", Repository.Fixture("llama-tiny"), "--lora_weights",
                TinyFamilies.AdapterFolder("llama"), "--output", output,
            ],
            stopped.Token);

        Assert.Equal(
            (130, $"error: interrupted: '{output}' was not written; the same command starts again\n"),
            (run.ExitCode, run.Error));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }
}
