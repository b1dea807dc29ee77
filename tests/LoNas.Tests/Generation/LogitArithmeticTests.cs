using LoNas.Generation;
using LoNas.Runtime;

namespace LoNas.Tests.Generation;

public sealed class LogitArithmeticTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(320)]
    [InlineData(32001)]
    public void Of_RandomLogits_IsTheLogOfTheSum(int count)
    {
        var logits = Random(count);

        double sum = logits.Sum(logit => Math.Exp(logit));
        Assert.Equal(Math.Log(sum), LogSum.Of(logits, logits.Max()), 1e-6);
    }

    [Theory]
    [InlineData(5, 8)]
    [InlineData(320, 8)]
    [InlineData(32001, 50)]
    public void Find_RandomLogits_GivesTheBestInOrder(int count, int most)
    {
        var logits = Random(count);
        logits[count / 2] = logits[0]; // equal ones: the lower token comes first

        var expected = logits.Index().OrderByDescending(entry => entry.Item).Take(most).ToArray();
        var found = TopTokens.Find(logits, most);

        Assert.Equal(expected.Select(entry => entry.Index), found.Select(best => best.Token));
        Assert.Equal(found, TopTokens.Sort(logits).Take(most));
    }

    [Fact]
    public void Find_NaN_SaysThatTheWeightsDoNotHold()
    {
        var error = Assert.Throws<InvalidDataException>(() => TopTokens.Find([float.NaN, float.NaN], 1));

        Assert.Contains("logits are not numbers", error.Message, StringComparison.Ordinal);
    }

    private static float[] Random(int count)
    {
        var random = new SeededRandom(count);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 20) - 10))];
    }
}
