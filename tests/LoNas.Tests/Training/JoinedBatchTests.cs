using LoNas.Data;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Tests.Support;
using LoNas.Training.Gradients;
using static TorchSharp.torch;

namespace LoNas.Tests.Training;

/// <summary>Records one behind the other give the losses and gradients that they give in rows of their own.</summary>
public sealed class JoinedBatchTests
{
    /// <summary>Beyond the tiny models' windows of 16, several of similar length, and one of a single token.</summary>
    private static readonly int[] Lengths = [13, 3, 40, 7, 38, 7, 1, 20, 19];

    public static TheoryData<string> Models => [.. ModernModel.Names, "llama", "bloom"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Begin_JoinedBatch_GivesTheLossAndGradientsOfAPaddedOne(string name)
    {
        var examples = Examples(seed: 3);
        int[] all = [.. Enumerable.Range(0, examples.Count)];

        var padded = Gradients(name, TokenBatch.Pad(examples, all));
        var joined = Gradients(name, TokenBatch.Join(examples, all));

        Assert.Equal(padded.Loss, joined.Loss, 1e-5);
        Assert.NotEmpty(padded.Values);
        Assert.All(padded.Values.Zip(joined.Values), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gemma2-tiny")]
    public void Epoch_PackedInEitherWay_SumsToTheLossOfRowsOfTheirOwn(string name)
    {
        TrainingExample[] examples = [.. Examples(seed: 5), .. Examples(seed: 6), .. Examples(seed: 7)];

        double rows = Epoch(name, examples, packing: false, joinTo: null);

        Assert.Equal(rows, Epoch(name, examples, packing: true, joinTo: null), rows * 1e-6);
        Assert.Equal(rows, Epoch(name, examples, packing: false, joinTo: 64), rows * 1e-6);
    }

    [Fact]
    public void Epoch_JoinedTo64_HasEveryRecordOnceInRowsThatFit()
    {
        TrainingExample[] examples = [.. Examples(seed: 5), .. Examples(seed: 6), .. Examples(seed: 7)];
        var sampler = new BatchSampler(examples, 2, new SeededRandom(1), joinTo: 64);

        var batches = sampler.Epoch().ToArray();
        var next = sampler.Epoch().ToArray();

        Assert.Equal(sampler.BatchesPerEpoch, batches.Length);
        Assert.Equal(Enumerable.Range(0, examples.Length), batches.SelectMany(batch => batch.RecordIndices).Order());
        Assert.All(batches, batch => Assert.InRange(batch.TokenCount, 1, 2 * 64));
        // Full rows: all tokens would fit into hardly fewer.
        int least = (examples.Sum(example => example.InputIds.Length) + 63) / 64;
        Assert.InRange(batches.Length, (least + 1) / 2, ((least + 1) / 2) + 1);
        Assert.NotEqual(batches[0].RecordIndices, next[0].RecordIndices);
        Assert.Equal(batches.Length, next.Length);
    }

    [Fact]
    public void Epoch_ResumedInTheMiddle_GoesOnWithTheSameRows()
    {
        var examples = Examples(seed: 5);
        var whole = new BatchSampler(examples, 1, new SeededRandom(1), joinTo: 48).Epoch().ToArray();
        var rest = new BatchSampler(examples, 1, new SeededRandom(1), joinTo: 48).Epoch(skippedBatches: 2).ToArray();

        Assert.NotEmpty(rest);
        Assert.Equal(whole[2..].Select(batch => batch.InputIds), rest.Select(batch => batch.InputIds));
    }

    private static List<TrainingExample> Examples(int seed)
    {
        var random = new Random(seed);
        return [.. Lengths.Select(length =>
        {
            int[] ids = [.. Enumerable.Range(0, length).Select(_ => random.Next(3, 90))];
            return new TrainingExample(
                ids, [.. ids.Select(id => random.Next(3) == 0 ? TrainingExample.IgnoredLabel : id)]);
        })];
    }

    private static double Epoch(string name, TrainingExample[] examples, bool packing, int? joinTo)
    {
        var (model, adapter) = Load(name);
        using (model)
        using (adapter)
        {
            var sampler = new BatchSampler(examples, 4, new SeededRandom(1), joinTo: joinTo);
            return sampler.Epoch().Sum(batch => CausalLoss.CountLabels(batch)
                * (BlockwiseGradient.Add(model, batch, new GradientShare(Packing: packing)) ?? 0));
        }
    }

    private static (double Loss, float[] Values) Gradients(string name, TokenBatch batch)
    {
        var (model, adapter) = Load(name);
        using (model)
        using (adapter)
        using (NewDisposeScope())
        {
            double loss = BlockwiseGradient.Add(model, batch, new GradientShare())!.Value;
            return (loss, [.. adapter.Parameters.SelectMany(each => each.Parameter.grad!.data<float>().ToArray())]);
        }
    }

    private static (ICausalModel Model, SuperAdapter Adapter) Load(string name) => name is "llama" or "bloom"
        ? TinyFamilies.LoadCausal(name)
        : new ModernModel(name).LoadAdapted();
}
