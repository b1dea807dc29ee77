using LoNas.MutationTests.Mutations;
using LoNas.Training.Optimizer;
using static TorchSharp.torch;
using AdamW = LoNas.Training.Optimizer.AdamW;
using Parameter = TorchSharp.Modules.Parameter;

namespace LoNas.Tests.Training;

public sealed class OptimizerFileTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_WhatWasWritten_RestoresMomentsAndGradients(bool withGradients)
    {
        using var scope = NewDisposeScope();
        using var written = Stepped([3, 4], [5]);
        using var read = Fresh([3, 4], [5]);
        written.Moments[1].Parameter.grad = ones(5);

        Read(Write(written, withGradients), read);

        Assert.Equal(written.Moments.Select(Content), read.Moments.Select(Content));
        Assert.Equal([1L, 1], read.Moments.Select(entry => entry.Step));
        Assert.Null(read.Moments[0].Parameter.grad);
        Assert.Equal(withGradients, read.Moments[1].Parameter.grad is not null);
    }

    [Fact]
    public void Read_AnotherAdapter_NamesTheDifference()
    {
        using var scope = NewDisposeScope();
        using var written = Stepped([3, 4], [5]);
        var bytes = Write(written, withGradients: false);
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
        var later = Write(written, withGradients: false);
        later[8] = 2;
        using var earlier = new MemoryStream();
        using (var writer = new BinaryWriter(earlier, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            using var optimizer = optim.AdamW([new Parameter(zeros(5))]);
            optimizer.save_state_dict(writer);
        }

        Assert.Contains("its layout is number 2 and this program knows number 1", Refusal(later, written));
        var message = Refusal(earlier.ToArray(), written);
        Assert.Contains("it was written by an earlier version of this program", message);
        Assert.EndsWith("or start again", message);
    }

    [Fact]
    public void Read_SeededDamage_IsTakenOrRefusedAndNothingElse()
    {
        using var scope = NewDisposeScope();
        using var written = Stepped([3, 4], [5]);
        var bytes = Write(written, withGradients: true);
        using var read = Fresh([3, 4], [5]);
        var random = new Random(20261124);
        int refused = 0;
        for (int round = 0; round < 2000; round++)
        {
            try
            {
                Read(ByteMutator.Mutate(bytes, random), read);
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

    private static byte[] Write(AdamW optimizer, bool withGradients)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        OptimizerFile.Write(writer, optimizer, withGradients);
        writer.Flush();
        return stream.ToArray();
    }

    private static void Read(byte[] bytes, AdamW optimizer)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        OptimizerFile.Read(reader, optimizer);
    }

    private static string Refusal(byte[] bytes, AdamW optimizer) =>
        Assert.Throws<InvalidDataException>(() => Read(bytes, optimizer)).Message;

    private static string Content(AdamMoments entry) =>
        Convert.ToHexString(entry.Average.bytes) + Convert.ToHexString(entry.Squares.bytes);
}
