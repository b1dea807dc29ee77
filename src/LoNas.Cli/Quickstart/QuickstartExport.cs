using System.Diagnostics;
using System.Globalization;
using LoNas.Cli.Output;
using LoNas.Export.Extraction;
using LoNas.Export.Gguf;
using LoNas.Generation;
using static TorchSharp.torch;

namespace LoNas.Cli.Quickstart;

/// <summary>
/// The end of the quickstart: the heuristic sub-adapter as a model of its own and as a GGUF file, with sizes, speeds
/// and the command that runs the file.
/// </summary>
internal sealed class QuickstartExport(string modelPath, string adapterPath, ConsoleReporter console)
{
    private const string Folder = "extracted";
    private const string File = "heuristic.gguf";
    private const int NewTokens = 64;
    private const int Rounds = 3;

    private string Extracted => Path.Combine(adapterPath, Folder);

    private string Gguf => Path.Combine(adapterPath, File);

    /// <summary>Writes folder and file into the adapter's folder and shows what they are.</summary>
    public void Execute(CancellationToken cancel)
    {
        if (Directory.Exists(Extracted))
        {
            // An earlier quickstart's.
            Directory.Delete(Extracted, recursive: true);
        }

        using var trained = Open(modelPath, adapterPath, ModelUse.Stored);
        var report = Extractor.Extract(
            trained, trained.Space!.Heuristic, new ExtractionOptions { OutputDir = Extracted }, cancel: cancel);
        using var extracted = Open(Extracted, null, ModelUse.Stored);
        var gguf = GgufExport.Save(extracted, null, Gguf, GgufType.Q8_0, cancel: cancel);
        console.Table(
            "the heuristic sub-adapter as a model of its own",
            ["model", "bytes of weights", "tokens/s"],
            [
                ["base and maximal adapter", Number(report.SourceBytes), Speed(modelPath, adapterPath, cancel)],
                ["extracted", Number(report.ResultBytes), Speed(Extracted, null, cancel)],
                ["extracted, GGUF Q8_0", Number(gguf.Bytes), "see llama.cpp"],
            ]);
        console.Line(FormattableString.Invariant(
            $"largest logit difference of the extracted model from the masked one: {report.Check!.Largest:g3}"));
        console.Line("run it here or with llama.cpp:");
        console.Line($"  ./lonas generate --model_name_or_path {Extracted} --prompt "
            + "\"Amy found 25 toys and sold 19 of them. How many toys are left?\"");
        console.Line($"  llama-cli -m {Gguf} -p \"...\"");
    }

    private static ElasticModel Open(string model, string? adapter, ModelUse use) => ElasticModel.Open(new OpenOptions
    {
        Model = model,
        Adapter = adapter,
        Use = use,
        ElementType = ScalarType.Float32,
        Device = "cpu",
    });

    /// <summary>New tokens a second of greedy decoding, the prompt included, in the best of a few rounds.</summary>
    private static string Speed(string path, string? adapter, CancellationToken cancel)
    {
        using var model = Open(path, adapter, ModelUse.Compute);
        var prompt = model.Tokenizer.Encode("How many apples does he have?");
        var generation = new GenerationOptions { MaxNewTokens = NewTokens };
        var best = TimeSpan.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            TextGenerator.Generate(model.Causal, prompt, generation, cancel: cancel);
            var time = Stopwatch.GetElapsedTime(start);
            best = time < best ? time : best;
        }

        return (NewTokens / best.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
