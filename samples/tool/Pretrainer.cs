using System.Diagnostics;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Samples;

/// <summary>Trains every weight of the sample model on plain documents, from seeded initial weights.</summary>
internal sealed class Pretrainer(SamplePaths paths, IReadOnlySet<string> reserved)
{
    private const string WeightFile = "model.safetensors";
    private const int Steps = 4500;
    private const int WarmUpSteps = 100;
    private const int Rows = 16;
    private const int RowLength = 128;
    private const int ReportEvery = 250;
    private const double PeakLearningRate = 3e-3;
    private const double WeightDecay = 0.1;
    private const double MaxGradientNorm = 1.0;

    /// <summary>Runs the whole pre-training and writes the checkpoint.</summary>
    /// <param name="seed">The seed of the initial weights and of the documents.</param>
    /// <param name="report">Receives progress lines.</param>
    public void Run(long seed, Action<string> report)
    {
        // The library builds models only from folders, so the initial weights are written to a temporary one.
        var folder = Directory.CreateTempSubdirectory("lonas-sample-");
        try
        {
            Run(folder.FullName, seed, report);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private void Run(string untrained, long seed, Action<string> report)
    {
        using var linears = new SuperAdapter(null, new SeededRandom(seed));
        using var model = Untrained(untrained, seed, linears);
        report($"{model.Parameters.Sum(parameter => parameter.numel()):n0} parameters, {Steps} steps");
        Train(model, new PackedCorpus(SampleTokenizer.Open(paths), seed, reserved), report);
        ModelSettings.Write(paths.Model);
        SafetensorsWriter.Save(
            Path.Combine(paths.Model, WeightFile),
            [.. ((Module)model).named_parameters().Select(entry => (entry.name, (Tensor)entry.parameter))]);
    }

    private static ICausalModel Untrained(string folder, long seed, SuperAdapter linears)
    {
        ModelSettings.Write(folder);
        InitialWeights.Write(Path.Combine(folder, WeightFile), seed);
        var model = ModelFolder.Open(folder).Build(ScalarType.Float32, linears.Linears);
        foreach (var parameter in model.Parameters)
        {
            parameter.requires_grad = true;
        }

        return model;
    }

    private static void Train(ICausalModel model, PackedCorpus corpus, Action<string> report)
    {
        using var optimizer = Optimizer(model);
        var clock = Stopwatch.StartNew();
        double sum = 0;
        for (int step = 1; step <= Steps; step++)
        {
            using var scope = NewDisposeScope();
            foreach (var group in optimizer.ParamGroups)
            {
                group.LearningRate = LearningRate(step);
            }

            optimizer.zero_grad();
            var rows = corpus.Next(Rows, RowLength + 1); // [B, T + 1]
            var logits = model.AllLogits(rows.narrow(1, 0, RowLength)); // [B, T, V]
            var loss = functional.cross_entropy(logits.flatten(0, 1), rows.narrow(1, 1, RowLength).flatten());
            loss.backward();
            nn.utils.clip_grad_norm_(model.Parameters, MaxGradientNorm);
            optimizer.step();
            sum += loss.item<float>();
            if (step % ReportEvery == 0)
            {
                report($"step {step}/{Steps}  loss {sum / ReportEvery:f4}  {clock.Elapsed.TotalSeconds:f0} s");
                sum = 0;
            }
        }
    }

    /// <summary>Warms up linearly, then falls linearly to zero.</summary>
    private static double LearningRate(int step) =>
        PeakLearningRate * Math.Min((double)step / WarmUpSteps, (double)(Steps - step + 1) / (Steps - WarmUpSteps));

    private static AdamW Optimizer(ICausalModel model)
    {
        var matrices = model.Parameters.Where(parameter => parameter.dim() > 1);
        var norms = model.Parameters.Where(parameter => parameter.dim() == 1);
        return optim.AdamW(
        [
            new AdamW.ParamGroup(matrices, new AdamW.Options { weight_decay = WeightDecay, beta2 = 0.98 }),
            new AdamW.ParamGroup(norms, new AdamW.Options { weight_decay = 0, beta2 = 0.98 }),
        ]);
    }
}
