using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Bench.Models;
using LoNas.Bench.Processes;
using LoNas.Cli.Output;
using LoNas.Opening;

namespace LoNas.Bench.Generate;

/// <summary>
/// Measures batched generation and its baseline, each in a process of its own, and compares their speed and tokens.
/// </summary>
internal sealed class GenerateBench(BenchGenerateOptions options, ConsoleReporter console)
{
    /// <summary>Measures everything and shows it.</summary>
    public void Execute(CancellationToken cancel)
    {
        TorchStart.Start(options.Model.Threads, new ConsoleLogger(console));
        // Before anything is said or written.
        DeviceSetup.Open(options.Model.Device, options.Model.Tf32, new ConsoleLogger(console));
        var results = new JsonObject();
        if (options.Model.ModelNameOrPath is { Length: > 0 } path)
        {
            MeasureAll(path, results, cancel);
        }
        else
        {
            var folder = Directory.CreateTempSubdirectory("lonas-bench-");
            try
            {
                RandomLlama.Save(
                    folder.FullName, new LlamaShape(), TorchSharp.torch.ScalarType.Float32, options.Seed, cancel);
                MeasureAll(folder.FullName, results, cancel);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }

        if (options.Json)
        {
            console.Verbatim(results.ToJsonString());
        }
        else
        {
            Show(results);
        }
    }

    private void MeasureAll(string model, JsonObject results, CancellationToken cancel)
    {
        foreach (var dtype in options.Dtypes)
        {
            var batched = Measure(model, dtype, BenchPart.Batched, cancel);
            results[dtype] = Compare(
                batched, options.Baseline ? Measure(model, dtype, BenchPart.Baseline, cancel) : null);
        }
    }

    private JsonObject Compare(JsonObject batched, JsonObject? baseline)
    {
        double rate = options.Prompts / Number(batched, "seconds");
        double prefill = Number(batched, "prefill_seconds");
        double step = Number(batched, "greedy_seconds_per_token");
        var result = new JsonObject { ["prompts_per_s"] = rate };
        if (baseline is not null)
        {
            double before = options.Prompts / Number(baseline, "seconds");
            result["baseline_prompts_per_s"] = before;
            result["speedup"] = rate / before;
            result["ids_identical"] = JsonNode.DeepEquals(batched["sequences"], baseline["sequences"]);
            // Where other programs want the cores too, the processor's time says more than the clock's.
            result["cpu_speedup"] = Number(baseline, "cpu_seconds") / Number(batched, "cpu_seconds");
            result["baseline_peak_rss_bytes"] = baseline["peak_rss_bytes"]!.DeepClone();
        }

        result["decode_bandwidth_ratio"] =
            Number(batched, "weight_bytes_per_step") / step / Number(batched, "copy_bytes_per_second");
        result["peak_rss_bytes"] = batched["peak_rss_bytes"]!.DeepClone();
        result["prefill_tokens_per_s"] = Number(batched, "prompt_tokens") / prefill;
        result["decode_tokens_per_s"] =
            options.Prompts * (options.MaxNewTokens - 1) / (Number(batched, "seconds") - prefill);
        result["greedy_tokens_per_s"] = 1 / step;
        result["copy_bytes_per_s"] = Number(batched, "copy_bytes_per_second");
        return result;
    }

    private JsonObject Measure(string model, string dtype, BenchPart part, CancellationToken cancel)
    {
        var values = BenchGenerateOptions.Table.ToJson(options with
        {
            Model = options.Model with { ModelNameOrPath = model },
            Dtypes = [dtype],
            Part = part,
        });
        if (!options.Json)
        {
            console.Line($"measuring {dtype}, {part.ToString().ToLowerInvariant()}");
        }

        return OwnProcess.Json(["bench", "generate"], values, cancel);
    }

    private void Show(JsonObject results)
    {
        string[] keys = [
            .. results.SelectMany(result => result.Value!.AsObject().Select(entry => entry.Key)).Distinct()];
        console.Table(
            $"{options.Prompts} prompts, {options.NumBeams} beams, {options.MaxNewTokens} new tokens",
            ["measure", .. results.Select(result => result.Key)],
            keys.Select(key => (IReadOnlyList<string>)[key, .. results.Select(result => Text(result.Value![key]))]));
    }

    private static string Text(JsonNode? value) => value is JsonValue number && number.TryGetValue(out double real)
        ? real.ToString(real >= 1000 ? "N0" : "0.###", CultureInfo.InvariantCulture)
        : value?.ToString() ?? "";

    private static double Number(JsonObject result, string key) => result[key]!.GetValue<double>();
}
