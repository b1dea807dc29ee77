using LoNas.Generation;
using LoNas.Runtime;
using LoNas.Tests.Support;

namespace LoNas.Tests.Generation;

public sealed class SamplingTests
{
    private static readonly float[] Logits = [1, 3, 2, 0, -1];

    [Fact]
    public void Draw_ManyTimes_FollowsTheProbabilities()
    {
        var counts = Counts(new SamplingOptions { TopK = 0, Temperature = 2 });

        double sum = Logits.Sum(logit => Math.Exp(logit / 2));
        Assert.All(Enumerable.Range(0, 5), token =>
            Assert.Equal(Math.Exp(Logits[token] / 2) / sum, counts[token] / 20000.0, 0.015));
    }

    [Fact]
    public void Draw_TopK_KeepsTheBest() =>
        Assert.Equal([1, 2], Drawn(new SamplingOptions { TopK = 2 }));

    [Fact]
    public void Draw_TopP_KeepsTheFewestThatReachIt()
    {
        // Probabilities 0.64, 0.24 and 0.09 of the best three.
        Assert.Equal([1], Drawn(new SamplingOptions { TopP = 0.6 }));
        Assert.Equal([1, 2], Drawn(new SamplingOptions { TopP = 0.7 }));
        Assert.Equal([0, 1, 2], Drawn(new SamplingOptions { TopP = 0.9 }));
    }

    [Fact]
    public void Generate_SeededSamples_DoNotDependOnTheBatch()
    {
        var model = TinyModels.LoadCausal("llama-gqa-tiny").Model;
        int[][] prompts = [[5, 6, 7], [8, 9], [10, 11, 12, 13], [3], [4, 4]];
        var options = new GenerationOptions
        {
            MaxNewTokens = 12,
            ReturnCount = 3,
            EosId = 114,
            Sampling = new SamplingOptions { Temperature = 0.8, Seed = 3 },
        };

        var together = TextGenerator.GenerateAll(model, prompts, options);
        var pairs = TextGenerator.GenerateAll(model, prompts, options, new BatchOptions { Size = 2 });

        Assert.Equal(Ids(together), Ids(pairs));
        Assert.Equal(3, together[0].Select(sequence => string.Join(',', sequence.Ids)).Distinct().Count());
        var other = TextGenerator.GenerateAll(
            model, prompts, options with { Sampling = options.Sampling with { Seed = 4 } });
        Assert.NotEqual(Ids(together), Ids(other));
    }

    [Fact]
    public void Generate_TopKOfOne_IsGreedy()
    {
        var model = TinyModels.LoadCausal("llama-tiny").Model;
        var greedy = new GenerationOptions { MaxNewTokens = 12, EosId = 114 };

        Assert.Equal(
            TextGenerator.Generate(model, [5, 6, 7], greedy)[0].Ids,
            TextGenerator.Generate(model, [5, 6, 7],
                greedy with { Sampling = new SamplingOptions { TopK = 1 } })[0].Ids);
    }

    [Theory]
    [InlineData(0, 50, 1, "temperature is 0")]
    [InlineData(1, -1, 1, "top_k is -1")]
    [InlineData(1, 50, 0, "top_p is 0")]
    public void Generate_ValuesOutOfRange_AreNamed(double temperature, int topK, double topP, string expected)
    {
        var error = Assert.Throws<ArgumentException>(() => TextGenerator.Generate(
            TinyModels.LoadCausal("llama-tiny").Model, [5],
            new GenerationOptions
            {
                MaxNewTokens = 2,
                Sampling = new SamplingOptions { Temperature = temperature, TopK = topK, TopP = topP },
            }));

        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    private static int[] Counts(SamplingOptions options)
    {
        var sampler = new TokenSampler(options, new SeededRandom(5));
        var counts = new int[Logits.Length];
        using var logits = TorchSharp.torch.tensor(Logits).unsqueeze(0);
        var rows = new LogitRows(StepLogits.Of(logits, null), 0, 1);
        for (int i = 0; i < 20000; i++)
        {
            counts[sampler.Draw(rows, 0)]++;
        }

        return counts;
    }

    private static int[] Drawn(SamplingOptions options) =>
        [.. Counts(options).Index().Where(entry => entry.Item > 0).Select(entry => entry.Index)];

    private static string[] Ids(IReadOnlyList<IReadOnlyList<GeneratedSequence>> results) =>
        [.. results.SelectMany(sequences => sequences).Select(sequence => string.Join(',', sequence.Ids))];
}
