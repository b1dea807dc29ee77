using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>Nothing of the user's is replaced unasked, and what a command reads not at all.</summary>
public sealed class KeptFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lonas-kept").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("export", "--to", "gguf", "--no_verify")]
    [InlineData("make-config", "--preset", "math")]
    public void Program_ExistingOutput_StaysUnlessOverwritten(params string[] command)
    {
        var file = Path.Combine(_folder, "keep.txt");
        File.WriteAllText(file, "precious");
        string[] line = [.. command, "--model_name_or_path", SampleRun.Model, "--output", file];

        var run = CliRun.Of(line);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("exists already", run.Error, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(file));
        Assert.Equal(0, CliRun.Of([.. line, "--overwrite"]).ExitCode);
        Assert.NotEqual("precious", File.ReadAllText(file));
    }

    [Theory]
    [InlineData("model", "export", "--to", "gguf", "--no_verify")]
    [InlineData("link", "export", "--to", "gguf", "--no_verify")]
    [InlineData("link", "make-config", "--preset", "math")]
    public void Program_OutputIsInput_StaysEvenIfOverwritten(string through, params string[] command)
    {
        var model = Directory.CreateDirectory(Path.Combine(_folder, "model")).FullName;
        foreach (var source in Directory.GetFiles(SampleRun.Model))
        {
            File.Copy(source, Path.Combine(model, Path.GetFileName(source)));
        }

        Directory.CreateSymbolicLink(Path.Combine(_folder, "link"), model);
        var file = Path.Combine(_folder, through, "config.json");
        var before = File.ReadAllBytes(file);

        var run = CliRun.Of([.. command, "--model_name_or_path", model, "--output", file, "--overwrite"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("which this command reads", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(file));
    }

    [Fact]
    public void Write_FileThatAppearsMeanwhile_Stays()
    {
        var file = Path.Combine(_folder, "keep.txt");

        var error = Assert.Throws<ArgumentException>(() => AtomicFile.Write(
            file, _ => File.WriteAllText(file, "precious"), replace: false));

        Assert.Contains("was written by another program meanwhile and stays", error.Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(file));
        Assert.Equal([file], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Export_OntoTheFrontThatItReads_IsRefused()
    {
        var front = Path.Combine(_folder, "front.json");
        File.WriteAllText(front, "precious");

        var run = CliRun.Of(
            "export", "--to", "gguf", "--model_name_or_path", SampleRun.Model, "--lora_weights", _folder,
            "--sub_adapter", $"{front}#0", "--output", front, "--overwrite");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("which this command reads", run.Error, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(front));
    }

    /// <summary>The field case train-overwrites-adapter.</summary>
    [Fact]
    public void Train_FolderOfAnExportedAdapter_IsRefusedAndUnchanged()
    {
        var adapter = SharedData.Path("field-cases", "train-overwrites-adapter", "peft");
        foreach (var source in Directory.GetFiles(adapter))
        {
            File.Copy(source, Path.Combine(_folder, Path.GetFileName(source)));
        }

        var run = CliRun.Of(
            "run-math", "--dataset_path", SharedData.Path("datasets", "math_8k.json"), "--model_name_or_path",
            SharedData.Path("models", "stories260K"), "--do_train", "--max_train_samples", "16", "--lora",
            "--output_dir", _folder);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("of no training run that is noted there", run.Error, StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(adapter), source => Assert.Equal(
            File.ReadAllBytes(source), File.ReadAllBytes(Path.Combine(_folder, Path.GetFileName(source)))));
        Assert.Equal(Directory.GetFiles(adapter).Length, Directory.GetFileSystemEntries(_folder).Length);
    }

    [Theory]
    [InlineData("adapter_config.json")]
    [InlineData("adapter_model.safetensors")]
    [InlineData("checkpoint-4")]
    [InlineData("trainer_state.json")]
    public void OutputFolder_ResultsOfNoNotedRun_AreRefused(string name)
    {
        File.WriteAllText(Path.Combine(_folder, name), "precious");

        var error = Assert.Throws<ArgumentException>(() => LoNas.Cli.Train.OutputFolder.Inspect(
            _folder, [], testing: null, overwrite: false));

        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }
}
