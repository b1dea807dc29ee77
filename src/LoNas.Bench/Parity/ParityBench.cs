using LoNas.Bench.Generate;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Data;
using LoNas.Elastic;
using LoNas.Formats.Peft;
using LoNas.Generation;
using LoNas.Models;
using LoNas.Opening;
using LoNas.Runtime;
using LoNas.Text;
using LoNas.Training;
using LoNas.Training.Gradients;
using LoNas.Training.LearningRates;
using static TorchSharp.torch;

namespace LoNas.Bench.Parity;

/// <summary>Computes the same with float32 on the CPU and with another device or type, and compares.</summary>
internal sealed class ParityBench(BenchParityOptions options, ConsoleReporter console)
{
    private const int Rows = 2;
    private const int Columns = 24;
    private const int Shorter = 7;
    private const int Rank = 8;
    private const int Steps = 4;
    private const int Beams = 4;
    private const double LearningRate = 3e-3;
    private const double Dropout = 0.1;
    private const double Deviation = 0.05;

    /// <summary>Keeps float16's small gradients, as the loss scaling of training does.</summary>
    private const double Scale = 1024;

    /// <summary>The device's name; known once it was measured.</summary>
    public string DeviceName { get; private set; } = options.Model.Device;

    /// <summary>Measures every type.</summary>
    public IReadOnlyList<ParityResult> Measure(CancellationToken cancel)
    {
        TorchStart.Start(options.Model.Threads, new ConsoleLogger(console));
        var device = DeviceSetup.Open(options.Model.Device, options.Model.Tf32, new ConsoleLogger(console));
        DeviceName = device.ToString();
        var folder = ModelFolder.Open(options.Model.ModelNameOrPath is { Length: > 0 } path
            ? path
            : Path.Combine(NextSteps.Samples, "model"));
        int[] prompt = TextTokenizer.Load(folder.Path).Encode(options.Prompt);
        using var scope = NewDisposeScope();
        var expected = Compute(folder, ScalarType.Float32, CPU, prompt, cancel);
        return [.. options.Dtypes.Select(name =>
        {
            var found = Compute(folder, GenerateBenchPart.TypeOf(name), device, prompt, cancel);
            return new ParityResult(
                name,
                ((found.Logits - expected.Logits).abs().max() / expected.Logits.abs().max()).item<double>(),
                Math.Abs(found.Loss - expected.Loss) / expected.Loss,
                Distance(found.Gradients, expected.Gradients),
                Math.Abs(found.Training - expected.Training) / expected.Training,
                Distance(found.Recomputed, found.Dropped),
                found.Greedy.SequenceEqual(expected.Greedy) && found.Best.SequenceEqual(expected.Best));
        })];
    }

    /// <summary>The norm of the difference, as a share of the second's norm.</summary>
    private static double Distance(Tensor found, Tensor expected) =>
        ((found - expected).norm() / expected.norm()).item<double>();

    private Computed Compute(ModelFolder folder, ScalarType type, Device device, int[] prompt, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using var adapter = NewAdapter(folder, dropout: 0);
        using var model = folder.Build(type, adapter.Linears, device);
        Fill(adapter);
        var examples = Examples(folder.Config.VocabularySize);
        var batch = TokenBatch.Pad(examples, [0, 1]);
        using var scope = NewDisposeScope();
        var logits = Logits(model, examples[0]);
        double loss = BlockwiseGradient.Add(model, batch, new GradientShare(Scale: Scale), adapter)!.Value;
        var gradients = TakeGradients(adapter);
        int[] greedy = Text(model, prompt, 1, cancel);
        int[] best = Text(model, prompt, Beams, cancel);
        var (dropped, recomputed) = WithDropout(folder, type, device, batch);
        return new Computed(
            logits.MoveToOuterDisposeScope(), loss, gradients.MoveToOuterDisposeScope(), greedy, best,
            dropped.MoveToOuterDisposeScope(), recomputed.MoveToOuterDisposeScope(),
            Train(model, adapter, Beginnings(prompt), cancel));
    }

    private static Tensor Logits(ICausalModel model, TrainingExample example)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var ids = tensor(example.InputIds.Select(id => (long)id).ToArray()).unsqueeze(0).to(model.Device); // [1, T]
        return model.Logits(model.HiddenStates(ids)).cpu().to(ScalarType.Float64).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The gradients with dropout, and those where its masks are drawn again since activations are computed again.
    /// </summary>
    private (Tensor Dropped, Tensor Recomputed) WithDropout(
        ModelFolder folder, ScalarType type, Device device, TokenBatch batch)
    {
        using var adapter = NewAdapter(folder, Dropout);
        using var model = folder.Build(type, adapter.Linears, device);
        Fill(adapter);
        foreach (var layer in adapter.Layers.Values)
        {
            layer.train();
        }

        var state = adapter.RandomState;
        BlockwiseGradient.Add(model, batch, new GradientShare(Scale: Scale), adapter);
        var dropped = TakeGradients(adapter);
        adapter.RandomState = state;
        BlockwiseGradient.Add(model, batch, new GradientShare(Scale: Scale, Checkpointing: true), adapter);
        return (dropped, TakeGradients(adapter));
    }

    /// <summary>
    /// The mean loss of some steps, with what training has: windows, packing, clipping, AdamW and loss scaling.
    /// </summary>
    private static double Train(
        ICausalModel model, SuperAdapter adapter, IReadOnlyList<TrainingExample> examples, CancellationToken cancel)
    {
        var training = new TrainingOptions
        {
            BatchSize = 2,
            AccumulationSteps = 2,
            MaxSteps = Steps,
            Packing = true,
            GradientCheckpointing = true,
            SaveStrategy = IntervalStrategy.No,
        };
        using var trainer = new Trainer(
            model, adapter, (_, _, _) => new StepSettings(LearningRate, 0, false), examples, [], training);
        trainer.Run(_ => { }, cancel: cancel);
        return trainer.State.TotalLoss / Steps;
    }

    private SuperAdapter NewAdapter(ModelFolder folder, double dropout) =>
        new(Lora(folder) with { Dropout = dropout }, new SeededRandom(options.Seed));

    private LoraOptions Lora(ModelFolder folder) => options.LoraWeights is { } trained
        ? PeftFolder.LoadOptions(trained)
        : new LoraOptions
        {
            Rank = Rank,
            Alpha = 2 * Rank,
            TargetModules = AllLinears(folder),
        };

    private static IReadOnlyList<string> AllLinears(ModelFolder folder) =>
        [.. LinearLayout.Load(folder.Path).Linears.Where(linear => linear.Path != folder.Family.HeadPath)
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

    /// <summary>Random tokens, in rows of unequal length.</summary>
    private TrainingExample[] Examples(long vocabulary)
    {
        var random = new SeededRandom(options.Seed);
        return [.. Enumerable.Range(0, Rows).Select(row =>
        {
            int[] ids = [.. Enumerable.Range(0, Columns - (row * Shorter)).Select(_ => random.Next((int)vocabulary))];
            return new TrainingExample(ids, ids);
        })];
    }

    /// <summary>
    /// Beginnings of the prompt: of text that is likely to the model no gradient is too large for float16.
    /// </summary>
    private static TrainingExample[] Beginnings(int[] prompt) => [.. Enumerable.Range(0, 2 * Steps * 2).Select(row =>
    {
        int[] ids = prompt[..Math.Max(2, prompt.Length - (row % 4 * 3))];
        return new TrainingExample(ids, ids);
    })];

    private int[] Text(ICausalModel model, int[] prompt, int beams, CancellationToken cancel) => TextGenerator.Generate(
        model, prompt, new GenerationOptions { MaxNewTokens = options.MaxNewTokens, BeamCount = beams },
        cancel: cancel)[0].Ids;

    private static Tensor TakeGradients(SuperAdapter adapter)
    {
        using var scope = NewDisposeScope();
        var all = cat(
            [.. adapter.Parameters.Select(named => named.Parameter.grad!.cpu().to(ScalarType.Float64).flatten())]);
        foreach (var (_, parameter) in adapter.Parameters)
        {
            parameter.grad = null;
        }

        return all.MoveToOuterDisposeScope();
    }

    private sealed record Computed(
        Tensor Logits, double Loss, Tensor Gradients, int[] Greedy, int[] Best, Tensor Dropped, Tensor Recomputed,
        double Training);
}
