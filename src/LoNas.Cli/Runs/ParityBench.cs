using LoNas.Adapters;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Data;
using LoNas.Generation;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Text;
using LoNas.Training;
using static TorchSharp.torch;

namespace LoNas.Cli.Runs;

/// <summary>Computes the same with float32 on the CPU and with another device or type, and compares.</summary>
internal sealed class ParityBench(BenchParityOptions options, ConsoleReporter console)
{
    private const int Rows = 2;
    private const int Columns = 24;
    private const int Rank = 8;
    private const double Deviation = 0.05;

    /// <summary>Keeps float16's small gradients, as the loss scaling of training does.</summary>
    private const double Scale = 1024;

    /// <summary>The device's name; known once it was measured.</summary>
    public string DeviceName { get; private set; } = options.Device;

    /// <summary>Measures every type.</summary>
    public IReadOnlyList<ParityResult> Measure(CancellationToken cancel)
    {
        TorchStart.Start(options.Threads, console);
        var device = BenchDevice.Open(options.Device, options.Tf32);
        DeviceName = device.ToString();
        var folder = ModelFolder.Open(options.ModelNameOrPath);
        int[] prompt = TextTokenizer.Load(folder.Path).Encode(options.Prompt);
        using var scope = NewDisposeScope();
        var expected = Compute(folder, ScalarType.Float32, CPU, prompt, cancel);
        return [.. options.Dtypes.Select(name =>
        {
            var type = GenerateBenchPart.TypeOf(name);
            var found = Compute(folder, type, device, prompt, cancel);
            return new ParityResult(
                name,
                ((found.Logits - expected.Logits).abs().max() / expected.Logits.abs().max()).item<double>(),
                Math.Abs(found.Loss - expected.Loss) / expected.Loss,
                ((found.Gradients - expected.Gradients).norm() / expected.Gradients.norm()).item<double>(),
                found.Text.SequenceEqual(expected.Text));
        })];
    }

    private Computed Compute(ModelFolder folder, ScalarType type, Device device, int[] prompt, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using var adapter = new SuperAdapter(Lora(folder), new SeededRandom(options.Seed));
        using var model = folder.Build(type, adapter.Linears, device);
        Fill(adapter);
        var batch = Batch(folder.Config.VocabularySize);
        using var scope = NewDisposeScope();
        Tensor logits;
        using (no_grad())
        {
            var ids = tensor(batch.InputIds).view(Rows, Columns).to(device);
            logits = model.Logits(model.HiddenStates(ids)).cpu().to(ScalarType.Float64);
        }

        double loss = BlockwiseGradient.Add(model, batch, new GradientShare(Scale: Scale), adapter)!.Value;
        var gradients = cat([.. adapter.Parameters.Select(named => named.Parameter.grad!.cpu().to(ScalarType.Float64).flatten())]);
        var text = TextGenerator.Generate(
            model, prompt, new GenerationOptions { MaxNewTokens = options.MaxNewTokens }, cancel: cancel)[0].Ids;
        return new Computed(logits.MoveToOuterDisposeScope(), loss, gradients.MoveToOuterDisposeScope(), text);
    }

    private LoraOptions Lora(ModelFolder folder) => options.LoraWeights is { } trained
        ? PeftFolder.LoadOptions(trained)
        : new LoraOptions
        {
            Rank = Rank,
            Alpha = 2 * Rank,
            Dropout = 0,
            TargetModules = AllLinears(folder),
        };

    private static IReadOnlyList<string> AllLinears(ModelFolder folder) =>
        [.. LinearLayout.Load(folder.Path).Linears.Where(linear => linear.Path != LinearLayout.LanguageHead)
            .Select(linear => linear.Path[(linear.Path.LastIndexOf('.') + 1)..]).Distinct()];

    /// <summary>A fresh adapter's second halves are zero, which would hide the gradients of the first.</summary>
    private void Fill(SuperAdapter adapter)
    {
        using var frozen = no_grad();
        if (options.LoraWeights is { } trained)
        {
            PeftFolder.LoadWeights(trained, adapter);
            return;
        }

        using var random = new Generator((ulong)options.Seed);
        foreach (var layer in adapter.Layers.Values.Where(layer => layer.LoraB is not null))
        {
            using var drawn = empty(layer.LoraB!.shape).normal_(0, Deviation, random);
            layer.LoraB.copy_(drawn);
        }
    }

    private TokenBatch Batch(long vocabulary)
    {
        var random = new SeededRandom(options.Seed);
        long[] ids = [.. Enumerable.Range(0, Rows * Columns).Select(_ => (long)random.Next((int)vocabulary))];
        return new TokenBatch
        {
            InputIds = ids,
            Labels = ids,
            Rows = Rows,
            Columns = Columns,
            Lengths = [.. Enumerable.Repeat(Columns, Rows)],
            RecordIndices = [.. Enumerable.Range(0, Rows)],
        };
    }

    private sealed record Computed(Tensor Logits, double Loss, Tensor Gradients, int[] Text);
}
