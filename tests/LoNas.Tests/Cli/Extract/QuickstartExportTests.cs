using System.Globalization;
using LoNas.Cli.Output;
using LoNas.Cli.Quickstart;
using LoNas.Storage;
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
        const string speed = @"[1-9]\d* \| +[1-9]\d* to [1-9]\d* \|";
        Assert.Matches(
            $@"\| uncut, adapter merged +\| +{Macs(SampleRun.Model)} \| +{Number(Bytes(SampleRun.Model))} \| +{speed}",
            shown);
        Assert.Matches($@"\| extracted +\| +{Macs(extracted)} \| +{Number(Bytes(extracted))} \| +{speed}", shown);
        var bytes = Number(new FileInfo(gguf).Length);
        Assert.Matches(
            $@"\| extracted, GGUF Q8_0 +\| +{Macs(extracted)} \| +{bytes} \| +see llama.cpp \|", shown);
        var speeds = JsonInput.Load(Path.Combine(folder, "speed.json"), "test");
        Assert.Equal(
            speeds.GetProperty("within_noise").GetBoolean(),
            shown.Contains("within the noise", StringComparison.Ordinal));
        Assert.Equal(15, speeds.GetProperty("rounds").GetInt32());
        foreach (var name in new[] { "uncut_merged_tokens_per_second", "extracted_tokens_per_second", "ratio" })
        {
            var range = speeds.GetProperty(name);
            Assert.InRange(
                range.GetProperty("median").GetDouble(),
                range.GetProperty("low").GetDouble(), range.GetProperty("high").GetDouble());
        }

        Assert.Contains($"the same for llama.cpp: {gguf}\n", shown, StringComparison.Ordinal);
        Assert.Matches($"next: .*:\n  .* generate --model_name_or_path {extracted} --prompt '.*'\n$", shown);
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

    /// <summary>MACs of a sample of 256 tokens, as inspect knows them.</summary>
    private static string Macs(string folder) => Number(JsonInput.Parse(
        CliRun.Of("inspect", "--model_name_or_path", folder, "--json").Output, "test").GetProperty("maximal")
        .GetProperty("macs").GetInt64());

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
