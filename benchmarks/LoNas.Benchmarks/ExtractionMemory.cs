using System.Diagnostics;
using LoNas.Export.Extraction;
using LoNas.Formats.Peft;
using LoNas.Runtime;
using LoNas.Tests.Support;

namespace LoNas.Benchmarks;

/// <summary>
/// Measures the memory that extracting a model of LLaMA-7B's shape needs beyond its mapped pages: room for a few of its
/// largest tensors and the adapter, not for the model. Linux only.
/// </summary>
internal static class ExtractionMemory
{
    /// <summary>
    /// In float32: the check widens the embedding for as long as it lasts, and the head while that works.
    /// </summary>
    private const int TensorsAtOnce = 3;

    /// <summary>The one that is written and the one that is checked.</summary>
    private const int AdaptersAtOnce = 2;

    /// <summary>Extracts the heuristic sub-adapter, with its self-check; gives 1 where it needs more.</summary>
    public static int Run(int layers)
    {
        TorchRuntime.Initialize(null);
        var shape = new SparseLlama(layers, Hidden: 4096, Width: 11008, Vocabulary: 32000);
        var folder = Directory.CreateTempSubdirectory("lonas-bench-").FullName;
        try
        {
            shape.Write(folder);
            var source = new OpenOptions
            {
                Model = Path.Combine(folder, "model"),
                Adapter = Path.Combine(folder, "lora"),
                ConfigurationFile = Path.Combine(folder, "space.json"),
                Use = ModelUse.Stored,
                NeedsTokenizer = false,
            };
            long before = OwnMemory.Of(Environment.ProcessId);
            long start = Stopwatch.GetTimestamp();
            var work = Task.Run(() =>
            {
                using var model = ElasticModel.Open(source);
                return Extractor.Extract(
                    model, model.Space!.Heuristic, new ExtractionOptions { OutputDir = Path.Combine(folder, "out") });
            });
            long peak = before;
            while (!work.Wait(millisecondsTimeout: 2))
            {
                peak = Math.Max(peak, OwnMemory.Of(Environment.ProcessId));
            }

            long adapter = new FileInfo(Path.Combine(folder, "lora", PeftFolder.WeightsFile)).Length;
            return Show(shape, adapter, work.Result.ResultBytes, peak - before, Stopwatch.GetElapsedTime(start));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Show(SparseLlama shape, long adapter, long written, long needed, TimeSpan time)
    {
        long largest = shape.LargestElements * sizeof(float);
        long allowed = (TensorsAtOnce * largest) + (AdaptersAtOnce * adapter);
        bool holds = needed <= allowed;
        Console.WriteLine("bytes read,bytes written,largest tensor in float32,adapter,peak of own memory,seconds");
        Console.WriteLine($"{shape.Bytes},{written},{largest},{adapter},{needed},{time.TotalSeconds:0}");
        Console.WriteLine($"own memory: {allowed} allowed ({TensorsAtOnce} tensors, {AdaptersAtOnce} adapters): "
            + (holds ? "holds" : "FAILS"));
        return holds ? 0 : 1;
    }
}
