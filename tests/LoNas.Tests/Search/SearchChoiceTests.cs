using LoNas.Formats.Nncf;
using LoNas.Runtime;
using LoNas.Search;
using LoNas.Search.Algorithms;

namespace LoNas.Tests.Search;

/// <summary>Choices among genomes of which some could not be measured.</summary>
public sealed class SearchChoiceTests
{
    [Fact]
    public void Choose_OneEvaluationWithoutALoss_IsNotLearnedFrom()
    {
        // Both objectives grow with the genes, so zeros are best; their neighbour could not be measured.
        var random = new SeededRandom(1);
        int[][] genomes =
            [.. Enumerable.Range(0, 20).Select(_ => Enumerable.Range(0, 4).Select(_ => random.Next(3)).ToArray())];
        var evaluated = genomes.Select((genome, i) => new EvaluatedGenome(genome, [genome.Sum(), genome.Sum()], i / 10))
            .Append(new EvaluatedGenome([0, 0, 0, 1], [1, double.MaxValue], 1)).ToArray();
        var choice = new SurrogateChoice([3, 3, 3, 3], null, random);

        var chosen = choice.Choose(evaluated, [[2, 2, 2, 2], [0, 0, 0, 0], [1, 1, 1, 1]], 1);

        Assert.Equal([0, 0, 0, 0], Assert.Single(chosen));
        Assert.DoesNotContain(ParetoFront.Of(evaluated.TakeLast(1)), entry => !entry.IsMeasured);
    }

    [Theory]
    [InlineData(-1, 1, 0.4, "set acc_delta such as 0.01")]
    [InlineData(0.5, 0.5, 0.4, "set acc_delta such as 0.01")]
    [InlineData(-1, 0.01, 0, "no right answer to compare with")]
    [InlineData(-1, 0.01, 0.4, null)]
    public void TooLenient_NothingRuledOut_SaysSo(double reference, double delta, double accuracy, string? message)
    {
        var maximal = new EvaluatedGenome([0], [1, -accuracy], -1);

        var warning = BestChoice.TooLenient(
            maximal, new SearchDescription { ReferenceAccuracy = reference, AccuracyDelta = delta });

        Assert.Equal(message is null, warning is null);
        Assert.Contains(message ?? "", warning ?? "");
    }
}
