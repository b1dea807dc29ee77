using LoNas.Data;
using LoNas.Evaluation.Glue;
using LoNas.Tests.Support;
using static TorchSharp.torch;

namespace LoNas.Tests.Evaluation.Glue;

public sealed class ClassifierEvaluatorTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(64)]
    public void Scores_ManyLengths_AreThoseOfOneByOneInTheExamplesOrder(int batchSize)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (model, _) = TinyFamilies.LoadBert();
        var examples = Examples(37);

        var scores = ClassifierEvaluator.Scores(model, examples, batchSize);

        Assert.Equal(examples.Length, scores.Count);
        Assert.All(scores, (row, index) =>
        {
            using var alone = model.Classify(TokenBatch.Pad(examples, [index]));
            Assert.All(row, (score, label) =>
                Assert.Equal(alone[0, label].item<float>(), score, 1e-5f * Math.Max(1, Math.Abs(score))));
        });
        Assert.True(scores.Select(row => row[0]).Distinct().Count() > 30, "the examples score alike");
    }

    [Fact]
    public void Scores_Twice_AreTheSameBitsAndModesStay()
    {
        using var scope = NewDisposeScope();
        var (model, _) = TinyFamilies.LoadBert();
        var module = (nn.Module)model;
        var examples = Examples(20);
        module.train();

        var first = ClassifierEvaluator.Scores(model, examples, 8);
        var second = ClassifierEvaluator.Scores(model, examples, 8);

        Assert.Equal(first, second);
        Assert.All(module.modules(), each => Assert.True(each.training));
        module.eval();
        Assert.Equal(first, ClassifierEvaluator.Scores(model, examples, 8));
        Assert.All(module.modules(), each => Assert.False(each.training));
    }

    [Fact]
    public void Scores_NoExamples_AreNone()
    {
        using var scope = NewDisposeScope();
        var (model, _) = TinyFamilies.LoadBert();

        Assert.Empty(ClassifierEvaluator.Scores(model, [], 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => ClassifierEvaluator.Scores(model, Examples(1), 0));
    }

    [Fact]
    public void Scores_Cancelled_StopAfterTheBatch()
    {
        using var scope = NewDisposeScope();
        var (model, _) = TinyFamilies.LoadBert();
        using var cancel = new CancellationTokenSource();
        var counts = new List<int>();
        void Done(int count)
        {
            counts.Add(count);
            if (count > 10)
            {
                cancel.Cancel();
            }
        }

        Assert.Throws<OperationCanceledException>(
            () => ClassifierEvaluator.Scores(model, Examples(40), 8, Done, cancel.Token));

        Assert.Equal([8, 16], counts);
    }

    [Fact]
    public void Scores_ManyBatches_LeaveNoTensors()
    {
        using var scope = NewDisposeScope();
        var (model, _) = TinyFamilies.LoadBert();
        var examples = Examples(40);
        ClassifierEvaluator.Scores(model, examples, 8);
        long before = TensorCount.Alive;

        ClassifierEvaluator.Scores(model, examples, 8);

        Assert.Equal(before, TensorCount.Alive);
    }

    private static TrainingExample[] Examples(int count) =>
        [.. Enumerable.Range(0, count).Select(row => new TrainingExample(
            [.. Enumerable.Range(0, 3 + (row * 29 % 61)).Select(place => 5 + (((place * 37) + (row * 91)) % 300))], [])
        {
            TokenTypeIds = [.. Enumerable.Range(0, 3 + (row * 29 % 61)).Select(place => place > 5 ? 1 : 0)],
        })];
}
