using LoNas.Data;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Tests.Support;
using LoNas.Training.Gradients;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Models;

/// <summary>BERT's own dropout, against an independent implementation.</summary>
public sealed class BertDropoutTests : IDisposable
{
    private const int Draws = 2_000;

    private readonly FolderCopy _folder = new("bert-tiny");

    public void Dispose() => _folder.Dispose();

    /// <summary>Each place alone and all together: embeddings and outputs, attention, before the classifier.</summary>
    [Theory]
    [InlineData(0.3, 0.4, 0.5, false)]
    [InlineData(0.3, 0.4, 0.5, true)]
    [InlineData(0.1, 0.1, 0.1, false)]
    [InlineData(0.4, 0, 0, false)]
    [InlineData(0, 0.6, 0, false)]
    [InlineData(0, 0, 0.6, false)]
    public void Measure_InTraining_MeanLossIsThatOfTheFormulas(
        double hidden, double attention, double classifier, bool packing)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        SetDropout(hidden, attention, classifier);
        var losses = Losses(packing);
        var expected = Expected((hidden, attention, classifier));

        double error = Math.Sqrt((Variance(losses) + Variance(expected)) / Draws);
        Assert.True(error > 0, "nothing was dropped");
        double difference = losses.Average() - expected.Average();
        Assert.True(
            Math.Abs(difference) <= 4 * error, $"{losses.Average()} is {difference / error} errors from the mean");
        // The spread is as large, too: a mean alone does not see a place that is left out.
        Assert.InRange(Variance(losses) / Variance(expected), 0.75, 1.33);
    }

    [Fact]
    public void Classify_InEvaluationOrWithoutProbability_IsThatOfNoDropout()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var batch = Batch();
        SetDropout(0.3, 0.4, 0.5);
        var (model, _) = Load();
        var evaluated = model.Classify(batch);
        ((nn.Module)model).train();
        Assert.NotEqual(Bits(evaluated), Bits(model.Classify(batch)));
        ((nn.Module)model).eval();
        Assert.Equal(Bits(evaluated), Bits(model.Classify(batch)));

        SetDropout(0, 0, 0);
        var (plain, _) = Load();
        ((nn.Module)plain).train();
        Assert.Equal(Bits(evaluated), Bits(plain.Classify(batch)));
    }

    [Fact]
    public void Begin_SameSeed_GivesTheSameGradientsAndAnotherOneOthers()
    {
        using var scope = NewDisposeScope();
        SetDropout(0.3, 0.4, 0.5);

        Assert.Equal(Gradient(seed: 1), Gradient(seed: 1));
        Assert.NotEqual(Gradient(seed: 1), Gradient(seed: 2));
    }

    [Fact]
    public void Backward_DroppedElements_GetNoGradientAndTheOthersTheScale()
    {
        using var scope = NewDisposeScope();
        var dropout = new LoNas.Models.Layers.SeededDropout(0.4, new Generator(3));
        var input = ones(33, 7).requires_grad_();
        var output = dropout.ApplyDrawn(input.t());
        (output * 2).sum().backward();

        Assert.Equal(Bits(output.t().mul(2).contiguous()), Bits(input.grad!));
        Assert.InRange(output.ne(0).to(ScalarType.Float32).mean().item<float>(), 0.5, 0.7);
        Assert.Equal(1 / 0.6f, output.max().item<float>(), 1e-6f);
    }

    private static byte[] Bits(Tensor tensor) => tensor.bytes.ToArray();

    private static double Variance(double[] values)
    {
        double mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1);
    }

    private static TokenBatch Batch()
    {
        var examples = new[] { 11, 7, 4 }.Select((length, row) => new TrainingExample(
            [.. Enumerable.Range(0, length).Select(place => 5 + (((place * 37) + (row * 91)) % 300))], [])
        {
            TokenTypeIds = [.. Enumerable.Range(0, length).Select(place => place > length / 2 ? 1 : 0)],
            Target = row % 2,
        }).ToArray();
        return TokenBatch.Pad(examples, [0, 1, 2]);
    }

    private (ISequenceClassifier Model, SuperAdapter Adapter) Load(long seed = 1)
    {
        var lora = new LoraOptions
        {
            Rank = 4,
            Alpha = 8,
            Dropout = 0,
            TargetModules = ["query", "value"],
            TaskType = LoraOptions.ClassificationTask,
        };
        var adapter = new SuperAdapter(lora, new SeededRandom(seed));
        return (ModelFolder.Open(_folder.Path).BuildClassifier(ScalarType.Float32, adapter.Linears), adapter);
    }

    private void SetDropout(double hidden, double attention, double classifier)
    {
        var text = File.ReadAllText(Repository.Fixture("bert-tiny", "config.json"));
        File.WriteAllText(Path.Combine(_folder.Path, "config.json"), FormattableString.Invariant($"{text}")
            .Replace("\"attention_probs_dropout_prob\": 0.1", Key("attention_probs_dropout_prob", attention))
            .Replace("\"hidden_dropout_prob\": 0.1", Key("hidden_dropout_prob", hidden))
            .Replace("\"classifier_dropout\": null", Key("classifier_dropout", classifier)));
    }

    private static string Key(string name, double value) => FormattableString.Invariant($"\"{name}\": {value}");

    /// <summary>The library's losses of one batch, each with masks of its own.</summary>
    private double[] Losses(bool packing)
    {
        var (model, adapter) = Load();
        var objective = TrainingObjective.Of(model);
        objective.SetMode(training: true);
        var batch = Batch();
        return [.. Enumerable.Range(0, Draws).Select(_ =>
        {
            using var scope = NewDisposeScope();
            return (double)((ClassifierObjective)objective).Loss(batch, packing).item<float>();
        })];
    }

    private double[] Expected((double Hidden, double Attention, double Classifier) dropout)
    {
        const int copies = 100;
        using var file = SafetensorsFile.Open(Path.Combine(_folder.Path, "model.safetensors"));
        var plain = new PlainBert(file, layers: 2, heads: 4, dropout, seed: 99);
        var batch = Batch();
        Tensor Rows(long[] values) => tensor(values).view(batch.Rows, batch.Columns).repeat(copies, 1);
        var (ids, types) = (Rows(batch.InputIds), Rows(batch.TokenTypeIds));
        var real = arange(batch.Columns).unsqueeze(0)
            .lt(tensor(batch.Lengths).unsqueeze(1)).to(ScalarType.Float64).repeat(copies, 1);
        var targets = tensor(batch.Targets).to(ScalarType.Int64).repeat(copies).unsqueeze(1);
        return [.. Enumerable.Range(0, Draws / copies).SelectMany(_ =>
        {
            using var scope = NewDisposeScope();
            var logits = plain.Logits(ids, types, real);
            var each = logits.logsumexp(1) - logits.gather(1, targets).squeeze(1); // [copies * B]
            return each.view(copies, batch.Rows).mean([1]).data<double>().ToArray();
        })];
    }

    private byte[] Gradient(long seed)
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = Load(seed);
        var classifier = adapter.Layers["classifier"].Weight;
        classifier.requires_grad = true;
        adapter.RandomState = new SuperAdapter(adapter.Options, new SeededRandom(seed)).RandomState;
        var objective = TrainingObjective.Of(model);
        objective.SetMode(training: true);
        objective.Begin(Batch(), new GradientShare(), adapter);
        return Bits(classifier.grad!);
    }
}
