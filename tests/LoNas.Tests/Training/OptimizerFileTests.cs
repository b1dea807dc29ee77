using LoNas.MutationTests.Mutations;
using LoNas.Training.Optimizer;
using LoNas.Training.Windows;
using static TorchSharp.torch;
using AdamW = LoNas.Training.Optimizer.AdamW;
using Parameter = TorchSharp.Modules.Parameter;

namespace LoNas.Tests.Training;

public sealed class OptimizerFileTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(7)]
    public void Read_WhatWasWritten_RestoresMomentsAndGradients(int windowSteps)
    {
        using var scope = NewDisposeScope();
        using var written = Stepped([3, 4], [5]);
        using var read = Fresh([3, 4], [5]);
        var sums = Sums(written, windowSteps);

        var restored = Read(Write(written, sums), read, windowSteps);

        Assert.Equal(written.Moments.Select(Content), read.Moments.Select(Content));
        Assert.Equal([1L, 1], read.Moments.Select(entry => entry.Step));
        Assert.Equal(sums.Select(sum => (sum.Start, sum.Count)), restored.Select(sum => (sum.Start, sum.Count)));
        Assert.Equal(
            sums.Select(sum => Convert.ToHexString(sum.Gradients[1]!.bytes)),
            restored.Select(sum => Convert.ToHexString(sum.Gradients[1]!.bytes)));
        Assert.All(restored, sum => Assert.Null(sum.Gradients[0]));
    }

    [Fact]
    public void Read_SumsOfAnotherWindow_AreRefused()
    {
        using var scope = NewDisposeScope();
        using var written = Stepped([3, 4], [5]);

        Assert.Contains(
            "its sums of gradients are not those of a window with 5 micro-batches",
            Assert.Throws<InvalidDataException>(() => Read(Write(written, Sums(written, 6)), written, 5)).Message);
    }

    [Fact]
    public void Read_LayoutOfEarlierVersion_TakesItsOneGradient()
    {
        using var scope = NewDisposeScope();
        using var written = Stepped([3, 4], [5]);
        using var read = Fresh([3, 4], [5]);
        var bytes = Write(written, Sums(written, 1)).ToList();
        bytes[8] = 1;
        bytes.RemoveRange(16, 12); // number of sums, start and count

        var restored = Assert.Single(Read([.. bytes], read, 1));

        Assert.Equal(Sums(written, 1)[0].Gradients[1]!.bytes.ToArray(), restored.Gradients[1]!.bytes.ToArray());
    }

    [Fact]
    public void Read_AnotherAdapter_NamesTheDifference()
    {
        using var scope = NewDisposeScope();
        using var written = Stepped([3, 4], [5]);
        var bytes = Write(written, []);
        using var fewer = Fresh([3, 4]);
        using var other = Fresh([3, 4], [6]);
        using var renamed = new AdamW([("x", new Parameter(zeros(3, 4))), ("p1", new Parameter(zeros(5)))], 0);

        Assert.Contains("it holds 2 parameters and the adapter has 1", Refusal(bytes, fewer));
        Assert.Contains("'p1' has another shape there than the adapter's [6]", Refusal(bytes, other));
        Assert.Contains("it has 'p0' where the adapter has 'x'", Refusal(bytes, renamed));
        Assert.Contains("it goes on after the last parameter", Refusal([.. bytes, 0], Fresh([3, 4], [5])));
    }

    [Fact]
    public void Read_EarlierOrLaterLayout_SaysWhatToDo()
    {
        using var scope = NewDisposeScope();
        using var written = Stepped([3, 4], [5]);
        var later = Write(written, []);
        later[8] = 3;
        using var earlier = new MemoryStream();
        using (var writer = new BinaryWriter(earlier, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            using var optimizer = optim.AdamW([new Parameter(zeros(5))]);
            optimizer.save_state_dict(writer);
        }

        Assert.Contains("its layout is number 3 and this program knows numbers up to 2", Refusal(later, written));
        var message = Refusal(earlier.ToArray(), written);
        Assert.Contains("it was written by an earlier version of this program", message);
        Assert.EndsWith("or start again", message);
    }

    [Fact]
    public void Read_SeededDamage_IsTakenOrRefusedAndNothingElse()
    {
        using var scope = NewDisposeScope();
        using var written = Stepped([3, 4], [5]);
        var bytes = Write(written, Sums(written, 3));
        using var read = Fresh([3, 4], [5]);
        var random = new Random(20261124);
        int refused = 0;
        for (int round = 0; round < 2000; round++)
        {
            try
            {
                Read(ByteMutator.Mutate(bytes, random), read, 3);
            }
            catch (Exception error) when (error is InvalidDataException or IOException or FormatException)
            {
                // A file that ends early or names in no UTF-8: Restore calls these damaged.
                refused++;
            }
        }

        Assert.InRange(refused, 500, 2000);
    }

    private static AdamW Fresh(params long[][] shapes) =>
        new([.. shapes.Select((shape, index) => ($"p{index}", new Parameter(zeros(shape))))], 0);

    private static AdamW Stepped(params long[][] shapes)
    {
        var optimizer = Fresh(shapes);
        foreach (var entry in optimizer.Moments)
        {
            entry.Parameter.grad = randn(entry.Parameter.shape, generator: new Generator(3, CPU));
        }

        optimizer.Step(1e-2);
        optimizer.ClearGradients();
        return optimizer;
    }

    /// <summary>The sums of a window so far, in which the first parameter has no gradient.</summary>
    private static IReadOnlyList<PartialGradient> Sums(AdamW optimizer, int windowSteps)
    {
        var tree = new GradientTree([.. optimizer.Moments.Select(entry => entry.Parameter)]);
        for (int microBatch = 0; microBatch < windowSteps; microBatch++)
        {
            optimizer.Moments[1].Parameter.grad = arange(microBatch, microBatch + 5, ScalarType.Float32);
            tree.Take(microBatch);
        }

        return tree.Parts;
    }

    private static byte[] Write(AdamW optimizer, IReadOnlyList<PartialGradient> sums)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        OptimizerFile.Write(writer, optimizer, sums);
        writer.Flush();
        return stream.ToArray();
    }

    private static IReadOnlyList<PartialGradient> Read(byte[] bytes, AdamW optimizer, int windowSteps = 0)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        return OptimizerFile.Read(reader, optimizer, windowSteps);
    }

    private static string Refusal(byte[] bytes, AdamW optimizer) =>
        Assert.Throws<InvalidDataException>(() => Read(bytes, optimizer)).Message;

    private static string Content(AdamMoments entry) =>
        Convert.ToHexString(entry.Average.bytes) + Convert.ToHexString(entry.Squares.bytes);
}
