using LoNas.Tests.Support;
using LoNas.Training.Windows;
using static TorchSharp.torch;
using AdamW = LoNas.Training.Optimizer.AdamW;
using Parameter = TorchSharp.Modules.Parameter;

namespace LoNas.Tests.Training.Windows;

public sealed class AccumulationWindowTests
{
    [Fact]
    public void Collect_RanksWithOtherParameters_NamesTheFirst()
    {
        var found = ThreadRanks.Run(3, ranks =>
        {
            using var scope = NewDisposeScope();
            using var optimizer = new AdamW([("p", new Parameter(ranks.Rank == 1 ? ones(3) : zeros(3)))], 0);
            using var window = new AccumulationWindow(ranks, optimizer);
            return Assert.Throws<InvalidOperationException>(window.Collect).Message;
        });

        Assert.All(found, message => Assert.Contains(
            "The adapter of rank 1 is no longer that of rank 0 to the bit: their machines round differently", message));
    }

    [Fact]
    public void Deal_AnyWindow_GivesEachMicroBatchToOneRankInTheirOrder()
    {
        var owners = ThreadRanks.Run(3, ranks =>
        {
            using var optimizer = new AdamW([], 0);
            using var window = new AccumulationWindow(ranks, optimizer);
            window.Deal(2, 9);
            return Enumerable.Range(0, 10).Where(window.IsOwn).ToArray();
        });

        Assert.Equal([2, 3, 4, 5, 6, 7, 8], owners.SelectMany(own => own));
        Assert.All(owners, own => Assert.InRange(own.Length, 2, 3));
    }

    [Fact]
    public void Reorder_WithinAWindow_TakesMomentsAndGradientsAlong()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(zeros(3));
        using var optimizer = new AdamW([("p", parameter)], 0);
        optimizer.Moments[0].Average.copy_(tensor([4f, 5, 6]));
        using var window = new AccumulationWindow(LoNas.Distributed.SingleProcess.Instance, optimizer);
        window.Deal(0, 2);
        parameter.grad = tensor([1f, 2, 3]);
        window.Take(0);

        window.Reorder(parameter, 0, tensor([2L, 0, 1]));
        parameter.grad = tensor([10f, 20, 30]);
        window.Take(1);
        window.Close();

        Assert.Equal([13f, 21, 32], parameter.grad!.data<float>().ToArray());
        Assert.Equal([6f, 4, 5], optimizer.Moments[0].Average.data<float>().ToArray());
    }
}
