using LoNas.Distributed;
using LoNas.Runtime;
using LoNas.Tests.Support;
using LoNas.Training.Windows;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace LoNas.Tests.Training.Windows;

public sealed class GradientExchangeTests
{
    private static readonly long[][] Shapes = [[7, 5], [3], [40], [2, 3, 4]];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 2)]
    [InlineData(4, 3)]
    [InlineData(5, 4)]
    [InlineData(7, 3)]
    [InlineData(8, 8)]
    [InlineData(12, 5)]
    public void Sum_AnyNumberOfRanks_GivesTheBitsOfTheTree(int window, int size)
    {
        var expected = Expected(window);

        var found = ThreadRanks.Run(size, ranks =>
        {
            using var scope = NewDisposeScope();
            var parameters = Parameters();
            var tree = new GradientTree(parameters);
            foreach (int microBatch in Dealt(ranks, 0, window))
            {
                SetGradients(parameters, microBatch);
                tree.Take(microBatch);
            }

            new GradientExchange(ranks, parameters) { Piece = 17 }.Sum(tree);
            return Bits(parameters);
        });

        Assert.All(found, bits => Assert.Equal(expected, bits));
    }

    [Theory]
    [InlineData(6, 3, 4)]
    [InlineData(7, 5, 2)]
    [InlineData(8, 3, 3)]
    public void Collect_WithinAWindow_LetsAnyNumberOfRanksGoOn(int window, int done, int size)
    {
        var expected = Expected(window);

        var found = ThreadRanks.Run(size, ranks =>
        {
            using var scope = NewDisposeScope();
            var parameters = Parameters();
            var tree = new GradientTree(parameters);
            var exchange = new GradientExchange(ranks, parameters) { Piece = 17 };
            foreach (int microBatch in Dealt(ranks, 0, window).Where(each => each < done))
            {
                SetGradients(parameters, microBatch);
                tree.Take(microBatch);
            }

            exchange.Collect(tree);
            Assert.Equal(ranks.Rank == 0 ? int.PopCount(done) : 0, tree.Parts.Count);
            foreach (int microBatch in Dealt(ranks, done, window))
            {
                SetGradients(parameters, microBatch);
                tree.Take(microBatch);
            }

            exchange.Sum(tree);
            return Bits(parameters);
        });

        Assert.All(found, bits => Assert.Equal(expected, bits));
    }

    /// <summary>The tree as it is defined, on arrays: halves of the next power of two.</summary>
    private static string Expected(int window)
    {
        float[]? Sum(int parameter, int start, int count)
        {
            if (start >= window)
            {
                return null;
            }

            if (count == 1)
            {
                return Gradient(parameter, start);
            }

            var (left, right) = (Sum(parameter, start, count / 2), Sum(parameter, start + (count / 2), count / 2));
            return left is null || right is null ? left ?? right : [.. left.Zip(right, (one, other) => one + other)];
        }

        int whole = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)window);
        return string.Join('|', Shapes.Select((_, index) =>
            Sum(index, 0, whole) is { } sum ? string.Join(',', sum.Select(BitConverter.SingleToInt32Bits)) : "none"));
    }

    private static IEnumerable<int> Dealt(ICollectives ranks, int done, int window) =>
        Enumerable.Range(done, window - done).Where(each =>
            each >= done + ((window - done) * ranks.Rank / ranks.Size)
            && each < done + ((window - done) * (ranks.Rank + 1) / ranks.Size));

    private static Parameter[] Parameters() => [.. Shapes.Select(shape => new Parameter(zeros(shape)))];

    private static void SetGradients(Parameter[] parameters, int microBatch)
    {
        foreach (var (index, parameter) in parameters.Index())
        {
            if (Gradient(index, microBatch) is { } gradient)
            {
                parameter.grad = tensor(gradient).view(parameter.shape);
            }
        }
    }

    /// <summary>Numbers of very unlike sizes; the second parameter has some, and the third none at all.</summary>
    private static float[]? Gradient(int parameter, int microBatch)
    {
        var random = new SeededRandom((parameter * 1000) + microBatch);
        long count = Shapes[parameter].Aggregate(1L, (product, size) => product * size);
        return parameter == 2 || (parameter == 1 && microBatch % 3 == 1) ? null
            : [.. Enumerable.Range(0, (int)count).Select(_ =>
                (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(8) - 4)))];
    }

    private static string Bits(Parameter[] parameters) => string.Join('|', parameters.Select(parameter =>
        parameter.grad is { } gradient
            ? string.Join(',', gradient.data<float>().Select(BitConverter.SingleToInt32Bits)) : "none"));
}
