using System.Globalization;
using LoNas.Cli.Output;
using LoNas.Cli.Quickstart;
using LoNas.Tests.Export;
using LoNas.Tests.Support;
using LoNas.Weights;

namespace LoNas.Tests.Cli.Extract;

/// <summary>The end of the quickstart, on an adapter of a few steps.</summary>
public sealed class QuickstartExportTests
{
    [Fact]
    public void Execute_Twice_ShowsTheSizesOfTheFilesSpeedsAndCommandsThatRun()
    {
        using var trained = TrainedUneven.Sample();
        var folder = trained.Source("heuristic").Adapter!;
        Show(folder);

        // An earlier quickstart's files are replaced.
        var shown = Show(folder);

        var gguf = Path.Combine(folder, "heuristic.gguf");
        var extracted = Path.Combine(folder, "extracted");
        Assert.Matches(
            $@"\| base and maximal adapter +\| +{Number(Bytes(SampleRun.Model) + Bytes(folder))} \| +[1-9]\d* \|",
            shown);
        Assert.Matches($@"\| extracted +\| +{Number(Bytes(extracted))} \| +[1-9]\d* \|", shown);
        Assert.Matches(
            $@"\| extracted, GGUF Q8_0 +\| +{Number(new FileInfo(gguf).Length)} \| +see llama.cpp \|", shown);
        Assert.Contains($"llama-cli -m {gguf} -p ", shown, StringComparison.Ordinal);
        Assert.Contains(
            $"./lonas generate --model_name_or_path {extracted} --prompt ", shown, StringComparison.Ordinal);
        var run = CliRun.Of(
            "generate", "--model_name_or_path", extracted, "--prompt", "How many?", "--max_new_tokens", "2",
            "--threads", "1");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }

    private static string Show(string folder)
    {
        using var output = new StringWriter();
        new QuickstartExport(SampleRun.Model, folder, new ConsoleReporter(output, TextWriter.Null))
            .Execute(CancellationToken.None);
        return output.ToString();
    }

    /// <summary>Bytes of the tensors of a model or an adapter, which are float32.</summary>
    private static long Bytes(string folder)
    {
        var file = new[] { "model.safetensors", "adapter_model.safetensors" }
            .Select(name => Path.Combine(folder, name)).First(File.Exists);
        using var weights = SafetensorsFile.Open(file);
        return weights.Names.Sum(name => TensorShape.Count([.. weights.ShapeOf(name)]) * sizeof(float));
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
