using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Bench.Models;
using LoNas.Bench.Processes;
using LoNas.Cli.Output;
using LoNas.Opening;

namespace LoNas.Bench.Train;

/// <summary>Measures training steps and what they are compared with, each in a process of its own.</summary>
internal sealed class TrainBench(BenchTrainOptions options, ConsoleReporter console)
{
    /// <summary>Measures everything and shows it.</summary>
    public void Execute(CancellationToken cancel)
    {
        if (options.WorkDir is { } folder)
        {
            Show(Measure(options, folder, cancel));
            return;
        }

        var temporary = Directory.CreateTempSubdirectory("lonas-bench-");
        try
        {
            var result = Measure(options, temporary.FullName, cancel);
            if (options.Family != LlamaShape.Llama)
            {
                var llama = options with { Family = LlamaShape.Llama, Variants = [nameof(BenchTrainPart.Lonas)] };
                var other = Measure(llama, Directory.CreateDirectory(
                    Path.Combine(temporary.FullName, LlamaShape.Llama)).FullName, cancel);
                foreach (var key in new[] { "tokens_per_s", "active_linear_parameters" })
                {
                    result[$"llama_{key}"] = other[$"lonas_{key}"]!.DeepClone();
                }

                result["lonas_llama_ratio"] =
                    result["lonas_tokens_per_s"]!.GetValue<double>() / result["llama_tokens_per_s"]!.GetValue<double>();
            }

            Show(result);
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    private JsonObject Measure(BenchTrainOptions options, string folder, CancellationToken cancel)
    {
        bool isThere = File.Exists(Path.Combine(folder, "model.safetensors.index.json"));
        // Also of one that was half written, and so that no other model's configuration is replaced.
        if (isThere || File.Exists(Path.Combine(folder, "config.json")))
        {
            RandomLlama.RequireShape(folder, options.Sizes);
        }

        if (!isThere)
        {
            TorchStart.Start(options.Model.Threads, new ConsoleLogger(console));
            var device = DeviceSetup.Open(options.Model.Device, options.Model.Tf32, new ConsoleLogger(console));
            Say("writing a random model");
            bool isOnCpu = device.type == TorchSharp.DeviceType.CPU;
            RandomLlama.Save(folder, options.Sizes, options.ElementType, options.Seed, cancel, isOnCpu ? null : device);
        }

        var parts = options.Parts.ToDictionary(part => part, part =>
        {
            Say($"measuring {part.ToString().ToLowerInvariant()} on {options.Family}");
            return OwnProcess.Json(
                ["bench", "train"], BenchTrainOptions.Table.ToJson(options with { WorkDir = folder, Part = part }),
                cancel,
                stock: part == BenchTrainPart.Eager);
        });
        return Compare(parts);
    }

    private string Like => options.Family == LlamaShape.Llama ? "" : $"{options.Family} like ";

    private void Show(JsonObject result)
    {
        if (options.Json)
        {
            console.Verbatim(result.ToJsonString());
        }
        else
        {
            console.Table(
                $"{Like}{options.Shape}, {options.Dtype}, {options.Batch} x {options.Seq} tokens", ["measure", "value"],
                result.Select(entry => (IReadOnlyList<string>)[entry.Key, Text(entry.Value)]));
        }
    }

    private static JsonObject Compare(Dictionary<BenchTrainPart, JsonObject> parts)
    {
        var result = new JsonObject();
        foreach (var (part, measured) in parts)
        {
            foreach (var (key, value) in measured)
            {
                result[$"{part.ToString().ToLowerInvariant()}_{key}"] = value?.DeepClone();
            }
        }

        Ratio("lonas_eager_ratio", "lonas_tokens_per_s", "eager_tokens_per_s");
        Ratio("lonas_eager_cpu_ratio", "eager_cpu_seconds_per_step", "lonas_cpu_seconds_per_step");
        Ratio("lonas_limit_ratio", "lonas_tokens_per_s", "limit_tokens_per_s");
        Ratio("lonas_eager_memory_ratio", "lonas_peak_rss_bytes", "eager_peak_rss_bytes");
        Ratio("lora_limit_ratio", "lora_tokens_per_s", "limit_tokens_per_s");
        Ratio("lonas_predicted_memory_ratio", "lonas_predicted_rss_bytes", "lonas_peak_rss_bytes");
        return result;

        void Ratio(string name, string above, string below)
        {
            if (result[above] is { } numerator && result[below] is { } denominator)
            {
                result[name] = numerator.GetValue<double>() / denominator.GetValue<double>();
            }
        }
    }

    private void Say(string text)
    {
        if (!options.Json)
        {
            console.Line(text);
        }
    }

    private static string Text(JsonNode? value) => value is JsonValue number && number.TryGetValue(out double real)
        ? real.ToString(Math.Abs(real) >= 1000 ? "N0" : "0.####", CultureInfo.InvariantCulture)
        : value?.ToString() ?? "";
}
