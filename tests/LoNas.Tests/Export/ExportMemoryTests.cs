using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.Export;

/// <summary>
/// The memory that exporting a model of half a gigabyte needs beyond its mapped pages: room for a few of its largest
/// tensors and the adapter, not for the model.
/// </summary>
public sealed class ExportMemoryTests : IDisposable
{
    /// <summary>
    /// In float32: the merged weight, the adapter's product, what it is cast to, and as many not yet given back.
    /// </summary>
    private const int TensorsAtOnce = 8;

    /// <summary>The one that is written, the one that is checked, and as much again while they are loaded.</summary>
    private const int AdaptersAtOnce = 3;

    private static readonly SparseLlama Large = new(Layers: 16, Hidden: 1024, Width: 4096, Vocabulary: 432);
    private static readonly SparseLlama Small = new(Layers: 1, Hidden: 128, Width: 128, Vocabulary: 432);

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("extract", "--output_dir")]
    [InlineData("extract", "--output_dir", "--max_shard_size=100MB", "--dtype=f16")]
    [InlineData("export", "--output", "--to=gguf", "--dtype=q8_0")]
    public void Run_LargeModel_NeedsSomeOfItsTensorsAndNotTheModel(string command, string flag, params string[] more)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc, which tells own pages from mapped ones");

        long needed = Peak(Large, "large", [command, flag, .. more]) - Peak(Small, "small", [command, flag, .. more]);

        long adapter = new FileInfo(_folder.Path("large", "lora", "adapter_model.safetensors")).Length;
        long bound = (TensorsAtOnce * Large.LargestElements * sizeof(float)) + (AdaptersAtOnce * adapter);
        Assert.True(bound < Large.Bytes / 2);
        Assert.InRange(needed, long.MinValue, bound);
    }

    public void Dispose() => _folder.Dispose();

    private long Peak(SparseLlama model, string name, string[] line)
    {
        model.Write(_folder.Path(name));
        File.Copy(
            Repository.Fixture("tokenizers", "llama-fast", "tokenizer.json"),
            _folder.Path(name, "model", "tokenizer.json"));
        using var process = CliProcess.Start(
            [],
            [
                line[0], $"--model_name_or_path={_folder.Path(name, "model")}",
                $"--lora_weights={_folder.Path(name, "lora")}",
                $"--nncf_config={_folder.Path(name, "space.json")}", "--sub_adapter=maximal", "--threads=1", "--json",
                line[1], _folder.Path(name, "out"), .. line[2..],
            ]);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        long peak = OwnMemory.PeakOf(process);
        Assert.True(process.ExitCode == 0, error.Result);
        Assert.StartsWith("{", output.Result, StringComparison.Ordinal);
        return peak;
    }
}
