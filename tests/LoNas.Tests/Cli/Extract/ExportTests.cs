using System.Text;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Extract;

/// <summary>The commands <c>export</c> and <c>merge</c>: what they write, say and refuse.</summary>
public sealed class ExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Output => _folder.Path("out");

    [Fact]
    public void Export_SampleAsQ8_NamesTheTensorsThatStayF16()
    {
        var run = CliRun.Of(
            "export", "--to", "gguf", "--model_name_or_path", SampleRun.Model, "--output", Output, "--dtype",
            "q8_0", "--json");

        Assert.Equal(0, run.ExitCode);
        var json = JsonInput.Parse(run.Output, "test");
        Assert.Equal("llama", json.GetProperty("architecture").GetString());
        Assert.Equal(new FileInfo(Output).Length, json.GetProperty("bytes").GetInt64());
        Assert.Equal(0, json.GetProperty("f16_tensors").GetArrayLength());
        Assert.Equal("GGUF", Encoding.ASCII.GetString(File.ReadAllBytes(Output), 0, 4));
        Assert.True(
            new FileInfo(Output).Length < 0.35 * new FileInfo(
                Path.Combine(SampleRun.Model, "model.safetensors")).Length);
    }

    [Theory]
    [InlineData("bert", "A bert can't be written as GGUF")]
    [InlineData("bloom", "A bloom can't be written as GGUF")]
    public void Export_FamilyWithoutGguf_RefusedWithTheWayThatWorks(string family, string part)
    {
        var run = CliRun.Of(
            "export", "--to", "gguf", "--model_name_or_path", Repository.Fixture($"{family}-tiny"), "--output", Output);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
        Assert.Contains("Extract it into a folder instead", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    [Theory]
    [InlineData("peft")]
    [InlineData("gguf-lora")]
    public void Export_AdapterOfACutBase_RefusedWithTheWayThatWorks(string to)
    {
        var run = CliRun.Of([.. Adapted("export"), "--to", to, "--output", Output, "--sub_adapter", "heuristic"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("can keep its adapter apart", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    [Theory]
    [InlineData("--to is missing")]
    [InlineData("allowed: gguf, peft, gguf-lora", "--to", "onnx")]
    [InlineData("allowed: float32", "--to", "gguf", "--dtype", "q4_0")]
    [InlineData("adapters are float32", "--to", "peft", "--dtype", "f16")]
    [InlineData("not q8_0", "--to", "gguf-lora", "--dtype", "q8_0")]
    public void Export_BadOptions_OneMessage(string part, params string[] options)
    {
        var run = CliRun.Of([.. Adapted("export"), "--output", Output, .. options]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gguf")]
    [InlineData("gguf-lora")]
    public void Export_OutputIsAFolder_RefusedBeforeAnythingIsWritten(string to)
    {
        Directory.CreateDirectory(Output);

        var run = CliRun.Of([.. Adapted("export"), "--to", to, "--output", Output]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("is a folder; give the file to write", run.Error, StringComparison.Ordinal);
        Assert.Equal([Output], Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void Export_FolderWithoutATokenizer_NamesWhatAGgufNeeds()
    {
        var run = CliRun.Of([.. Adapted("export"), "--to", "gguf", "--output", Output]);

        ErrorTable.Require("GGUF of a folder without a tokenizer", run.ExitCode, run.Error);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    [Theory]
    [InlineData("gguf-lora", "maximal")]
    [InlineData("peft", "maximal")]
    public void Export_OutputInAFile_Refused(string to, string subAdapter)
    {
        File.WriteAllText(Output, "mine");

        var run = CliRun.Of(
            [.. Adapted("export"), "--to", to, "--sub_adapter", subAdapter, "--output", Path.Combine(Output, "new")]);

        ErrorTable.Require("output below a file", run.ExitCode, run.Error);
        Assert.Equal([Output], Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void Merge_WholeSuperAdapter_OrdinaryFolderOfTheSameSize()
    {
        var run = CliRun.Of([.. Adapted("merge"), "--output_dir", Output, "--json"]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var json = JsonInput.Parse(run.Output, "test");
        long Bytes(string name) => json.GetProperty(name).GetProperty("bytes").GetInt64();
        long adapter = 4 * (json.GetProperty("source").GetProperty("total_params").GetInt64()
            - json.GetProperty("result").GetProperty("total_params").GetInt64());
        Assert.True(adapter > 0);
        Assert.Equal(Bytes("source") - adapter, Bytes("result"));
        Assert.InRange(json.GetProperty("relative_logit_difference").GetDouble(), 0, 1e-5);
    }

    [Fact]
    public void Merge_SubAdapterThatCutsTheBase_Refused()
    {
        var run = CliRun.Of([.. Adapted("merge"), "--output_dir", Output, "--sub_adapter", "minimal"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("extract a smaller model", run.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static string[] Adapted(string command) =>
    [
        command, "--model_name_or_path", Repository.Fixture("llama-tiny"), "--lora_weights",
        TinyFamilies.AdapterFolder("llama"),
        "--nncf_config", Repository.Fixture("nncf_llama_tiny.json"), "--threads", "1",
    ];
}
