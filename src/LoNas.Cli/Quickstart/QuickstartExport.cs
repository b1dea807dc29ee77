using System.Diagnostics;
using System.Globalization;
using LoNas.Cli.Extract;
using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Export.Extraction;
using LoNas.Export.Gguf;
using LoNas.Generation;
using LoNas.Storage;
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
    private const string Speeds = "speed.json";
    private const int NewTokens = 64;

    private string Extracted => Path.Combine(adapterPath, Folder);

    private string Gguf => Path.Combine(adapterPath, File);

    /// <summary>Checks the places of folder and files, before anything long is begun.</summary>
    /// <exception cref="ArgumentException">Something is there that must stay.</exception>
    public void RequirePlaces()
    {
        Extractor.RequirePlace(Extracted, replace: true);
        OwnResults.Require(adapterPath, new[] { Gguf, Path.Combine(adapterPath, Speeds) }.Select(
            path => (path, OwnResults.KindProblem(path))));
    }

    /// <summary>Writes folder and file into the adapter's folder and shows what they are.</summary>
    public void Execute(CancellationToken cancel)
    {
        using var trained = Open(modelPath, adapterPath, ModelUse.Stored);
        var report = Extractor.Extract(
            trained, trained.Space!.Heuristic,
            new ExtractionOptions { OutputDir = Extracted, Replace = true, PaddingName = ExtractionView.Padding },
            cancel: cancel);
        using var extracted = Open(Extracted, null, ModelUse.Stored);
        var gguf = GgufExport.Save(extracted, null, Gguf, GgufType.Q8_0, cancel: cancel);
        var speeds = Compare(trained, cancel);
        Show(report, gguf.Bytes, speeds);
        JsonOutput.Save(Path.Combine(adapterPath, Speeds), speeds.ToJson("uncut_merged", "extracted"));
        console.Line($"the smaller model: {Extracted}");
        console.Line($"the same for llama.cpp: {Gguf}");
        console.Verbatim($"  {ShellLine.Of(NextSteps.LlamaCpp(Gguf, gguf.HasChatTemplate).Words)}");
        NextSteps.Generate(new ModelFlags { ModelNameOrPath = Extracted }, null).Show(console);
    }

    private static ElasticModel Open(string model, string? adapter, ModelUse use) => ElasticModel.Open(new OpenOptions
    {
        Model = model,
        Adapter = adapter,
        Use = use,
        ElementType = ScalarType.Float32,
        Device = "cpu",
    });

    private void Show(ExtractionReport report, long ggufBytes, SpeedComparison speeds)
    {
        console.Table(
            "the heuristic sub-adapter as a model of its own",
            ["model", "MACs", "bytes", "tokens/s", "range"],
            [
                [
                    "uncut, adapter merged", Number(report.Merged.Macs), Number(report.MergedBytes),
                    .. Range(SpeedRange.Of(speeds.Before)),
                ],
                [
                    "extracted", Number(report.Result.Macs), Number(report.ResultBytes),
                    .. Range(SpeedRange.Of(speeds.After)),
                ],
                ["extracted, GGUF Q8_0", Number(report.Result.Macs), Number(ggufBytes), "see llama.cpp", ""],
            ]);
        console.Line(speeds.InWords("uncut", "extracted"));
        console.Line(
            $"(medians of {SpeedComparison.Rounds} runs each, in turns; ranges without the slowest and fastest fifth)");
        console.Line($"MACs: uncut and merged as the base; with the adapter beside it {Number(report.Source.Macs)}");
        console.Line(FormattableString.Invariant(
            $"largest logit difference of the extracted model from the masked one: {report.Check!.Largest:g3}"));
    }

    /// <summary>
    /// The extracted model against the uncut one with its adapter merged too, or most of the gain would be merging's.
    /// </summary>
    private SpeedComparison Compare(ElasticModel trained, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("lonas-merged-");
        try
        {
            var merged = Path.Combine(folder.FullName, "model");
            Extractor.Extract(
                trained, trained.Space!.Maximal,
                new ExtractionOptions { OutputDir = merged, RequireWholeBase = true, Verify = false }, cancel: cancel);
            using var uncut = Open(merged, null, ModelUse.Compute);
            using var cut = Open(Extracted, null, ModelUse.Compute);
            return SpeedComparison.InTurns(() => Speed(uncut, cancel), () => Speed(cut, cancel));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>New tokens a second of greedy decoding, the prompt included.</summary>
    private static double Speed(ElasticModel model, CancellationToken cancel)
    {
        var prompt = model.Tokenizer.Encode("How many apples does he have?");
        long start = Stopwatch.GetTimestamp();
        TextGenerator.Generate(
            model.Causal, prompt, new GenerationOptions { MaxNewTokens = NewTokens }, cancel: cancel);
        return NewTokens / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static string[] Range(SpeedRange range) =>
        [Whole(range.Median), $"{Whole(range.Low)} to {Whole(range.High)}"];

    private static string Whole(double value) => value.ToString("0", CultureInfo.InvariantCulture);

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
