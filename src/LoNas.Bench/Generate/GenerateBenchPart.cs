using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Generation;
using LoNas.Models;
using LoNas.Opening;
using LoNas.Runtime;
using Microsoft.Extensions.Logging.Abstractions;
using static TorchSharp.torch;

namespace LoNas.Bench.Generate;

/// <summary>One part of <c>bench generate</c>, in a process of its own, so that its memory is its own.</summary>
internal static class GenerateBenchPart
{
    private const long CopiedBytes = 256L << 20;
    private const int CopyRounds = 8;
    private const int GreedyTokens = 48;
    private const int WarmUpPrompts = 64;

    /// <summary>Measures and gives what was measured; times in seconds.</summary>
    public static JsonObject Measure(BenchGenerateOptions options, CancellationToken cancel)
    {
        TorchRuntime.Initialize(options.Model.Threads);
        var folder = ModelFolder.Open(options.Model.ModelNameOrPath);
        var device = DeviceSetup.Open(options.Model.Device, options.Model.Tf32, NullLogger.Instance);
        var dtype = TypeOf(options.Dtypes[0]);
        var adapter = new SuperAdapter(null, new SeededRandom(options.Seed));
        using var model = folder.Build(dtype, adapter.Linears, device);
        var prompts = Prompts(options, folder.Config.VocabularySize);
        var generation = new GenerationOptions { MaxNewTokens = options.MaxNewTokens, BeamCount = options.NumBeams };
        return options.Part == BenchPart.Baseline
            ? Baseline(model, prompts, generation, cancel)
            : Batched(model, prompts, generation, options, cancel);
    }

    /// <summary>The element type of one of the known names.</summary>
    public static ScalarType TypeOf(string name) => name switch
    {
        "bfloat16" => ScalarType.BFloat16,
        "float16" => ScalarType.Float16,
        _ => ScalarType.Float32,
    };

    private static JsonObject Baseline(
        ICausalModel model, int[][] prompts, GenerationOptions generation, CancellationToken cancel)
    {
        SequentialGenerator.Generate(model, prompts[0], generation with { MaxNewTokens = 2 }, cancel);
        return Result(() =>
            [.. prompts.Select(prompt => SequentialGenerator.Generate(model, prompt, generation, cancel)[0].Ids)]);
    }

    private static JsonObject Batched(
        ICausalModel model,
        int[][] prompts,
        GenerationOptions generation,
        BenchGenerateOptions options,
        CancellationToken cancel)
    {
        var batch = new BatchOptions { Size = options.PerDeviceEvalBatchSize };
        if (model.Device.type == TorchSharp.DeviceType.CPU)
        {
            TextGenerator.GenerateAll(model, [prompts[0]], generation with { MaxNewTokens = 2 }, batch, cancel);
        }
        else
        {
            // A GPU's libraries load their kernels for sizes as they come.
            int count = Math.Min(prompts.Length, batch.Size ?? WarmUpPrompts);
            TextGenerator.GenerateAll(model, prompts[..count], generation, batch, cancel);
        }

        var result = Result(() => [.. TextGenerator.GenerateAll(model, prompts, generation, batch, cancel)
            .Select(results => results[0].Ids)]);
        var watch = Stopwatch.StartNew();
        TextGenerator.GenerateAll(model, prompts, generation with { MaxNewTokens = 1 }, batch, cancel);
        result["prefill_seconds"] = watch.Elapsed.TotalSeconds;
        result["prompt_tokens"] = prompts.Sum(prompt => prompt.Length);
        result["greedy_seconds_per_token"] = GreedySeconds(model, prompts.MinBy(prompt => prompt.Length)!, cancel);
        result["weight_bytes_per_step"] = StepBytes(model);
        result["copy_bytes_per_second"] = CopyRate(model.Device);
        return result;
    }

    private static JsonObject Result(Func<int[][]> generate)
    {
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        var sequences = generate();
        double seconds = watch.Elapsed.TotalSeconds;
        process.Refresh();
        return new JsonObject
        {
            ["seconds"] = seconds,
            ["cpu_seconds"] = (process.TotalProcessorTime - before).TotalSeconds,
            ["peak_rss_bytes"] = ProcessMemory.PeakBytes,
            ["sequences"] = JsonSerializer.SerializeToNode(sequences),
        };
    }

    /// <summary>The time of a greedy step at batch 1: the best of three runs, each without its first tokens.</summary>
    private static double GreedySeconds(ICausalModel model, int[] prompt, CancellationToken cancel)
    {
        double best = double.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            var times = new List<long>();
            TextGenerator.Generate(
                model, prompt, new GenerationOptions { MaxNewTokens = GreedyTokens },
                _ => times.Add(Stopwatch.GetTimestamp()), cancel);
            best = Math.Min(best, Stopwatch.GetElapsedTime(times[0], times[^1]).TotalSeconds / (times.Count - 1));
        }

        return best;
    }

    /// <summary>Bytes of the weights that a step reads: all but the embedding's, of which it reads a row.</summary>
    private static long StepBytes(ICausalModel model)
    {
        var shape = model.CacheShape;
        long all = model.Parameters.Sum(parameter => parameter.numel() * parameter.element_size());
        var tables = model.Parameters
            .Where(parameter => parameter.shape.SequenceEqual([shape.VocabularySize, shape.HiddenSize]))
            .Select(parameter => parameter.numel() * parameter.element_size()).ToArray();
        // A tied table is read in full, as the head.
        return tables.Length > 1 ? all - tables[0] : all;
    }

    /// <summary>Bytes read plus bytes written a second by the best of several copies.</summary>
    private static double CopyRate(Device device)
    {
        using var source = ones(CopiedBytes / sizeof(float), device: device);
        using var target = zeros_like(source);
        double best = double.MaxValue;
        for (int round = 0; round < CopyRounds; round++)
        {
            DeviceSetup.Wait(device);
            long start = Stopwatch.GetTimestamp();
            target.copy_(source);
            DeviceSetup.Wait(device);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return 2 * CopiedBytes / best;
    }

    /// <summary>Random prompts whose lengths are spread evenly between the two ends.</summary>
    private static int[][] Prompts(BenchGenerateOptions options, long vocabulary)
    {
        var random = new SeededRandom(options.Seed);
        int span = options.MaxPromptLength - options.MinPromptLength;
        var lengths = random.Permutation(options.Prompts)
            .Select(i => options.MinPromptLength + (options.Prompts == 1 ? 0 : i * span / (options.Prompts - 1)));
        return [.. lengths.Select(length =>
            Enumerable.Range(0, length).Select(_ => random.Next((int)vocabulary)).ToArray())];
    }
}
