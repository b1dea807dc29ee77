using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Export;

/// <summary>
/// Outputs that differ from the masked model. The error is a real one: a head weight above 65504 is valid in float32
/// but infinite in float16.
/// </summary>
public sealed class SelfCheckTests : IDisposable
{
    private const float Largest = 70_000;

    private readonly TemporaryFolder _folder = new();

    private string Output => Path.Combine(_folder.Path("outputs"), "out");

    public SelfCheckTests() => Directory.CreateDirectory(_folder.Path("outputs"));

    [Theory]
    [InlineData("extract", "--output_dir")]
    [InlineData("merge", "--output_dir")]
    [InlineData("export", "--output", "--to=gguf", "--sub_adapter=maximal")]
    public void Run_OutputThatComputesOtherwise_RemovedWithTheWayOut(string command, string flag, params string[] more)
    {
        string[] line = [.. Line(command, flag), .. more];

        var run = CliRun.Of([.. line, "--dtype", "f16"]);

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Matches(
            @"^error: The logits of '.*out' are \S+ from the masked model's \(.* is allowed\), so it was removed; ",
            run.Error);
        ErrorTable.Require("extracted model that differs from the masked one", run.ExitCode, run.Error);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path("outputs")));
        Assert.Equal(0, CliRun.Of([.. line, "--dtype", "f32"]).ExitCode);
    }

    [Fact]
    public void Run_NoVerify_KeepsIt()
    {
        var run = CliRun.Of([.. Line("extract", "--output_dir"), "--dtype", "f16", "--no_verify"]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("not compared", run.Output, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Output));
    }

    [Fact]
    public void Gguf_OutputThatComputesOtherwise_FormerFileStays()
    {
        File.WriteAllText(Output, "former");

        string[] line = [.. Line("export", "--output"), "--to=gguf", "--dtype", "f16", "--overwrite"];
        Assert.Equal(1, CliRun.Of(line).ExitCode);

        Assert.Equal("former", File.ReadAllText(Output));
    }

    public void Dispose() => _folder.Dispose();

    private string[] Line(string command, string flag) =>
    [
        command, "--model_name_or_path", Model(), "--lora_weights", TinyFamilies.AdapterFolder("llama"),
        "--nncf_config", Repository.Fixture("nncf_llama_tiny.json"), flag, Output, "--threads", "1",
    ];

    /// <summary>The recorded LLaMA with one such weight in its head, and a tokenizer.</summary>
    private string Model()
    {
        using var scope = NewDisposeScope();
        var folder = Directory.CreateDirectory(_folder.Path("model")).FullName;
        using var tokenizer = new TinyTokenizer(["a", "b"]);
        foreach (var file in Directory.GetFiles(tokenizer.Folder)
            .Append(Repository.Fixture("llama-tiny", "config.json")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        using var weights = WeightFolder.Open(Repository.Fixture("llama-tiny"));
        SafetensorsWriter.Save(
            Path.Combine(folder, "model.safetensors"),
            [.. weights.Names.Select(
                name => (name, name == "lm_head.weight" ? WithOne(weights.Load(name)) : weights.Load(name)))]);
        return folder;
    }

    private static Tensor WithOne(Tensor head)
    {
        var own = head.clone();
        own[0, 0] = tensor(Largest);
        return own;
    }
}
