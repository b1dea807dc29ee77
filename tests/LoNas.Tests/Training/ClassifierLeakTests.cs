using LoNas.Data;
using LoNas.Elastic;
using LoNas.Tests.Support;
using LoNas.Training;
using static TorchSharp.torch;

namespace LoNas.Tests.Training;

public sealed class ClassifierLeakTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_OverManySteps_LeaksNoTensors(bool packing)
    {
        using var scope = NewDisposeScope();
        using var model = ElasticModel.Open(new OpenOptions
        {
            Model = Repository.Fixture("bert-tiny"),
            NeedsTokenizer = false,
            NewAdapter = new LoraOptions
            {
                Rank = 4,
                Dropout = 0.1,
                TargetModules = ["query", "value"],
                TaskType = LoraOptions.ClassificationTask,
                ModulesToSave = ["pooler.dense"],
            },
        });
        TrainingExample[] examples = [.. Enumerable.Range(0, 12).Select(row => new TrainingExample(
            [.. Enumerable.Range(5, 4 + (row % 5)).Select(id => id + row)], []) { Target = row % 2 })];
        var encoded = new EncodedDataset
        {
            Examples = examples,
            UncutLengths = [.. examples.Select(example => example.InputIds.Length)],
            TruncatedCount = 0,
        };
        var data = new TrainingData
        {
            Encoded = encoded,
            EncodedValidation = encoded,
            RecordNumbers = [.. Enumerable.Range(1, 12)],
            Options = new DataOptions(),
        };
        using var run = new TrainingRun(
            model, data, new TrainingOptions { BatchSize = 4, Epochs = 6, Packing = packing });
        long? first = null;

        run.Execute(record =>
        {
            // After the first step the optimiser's moments exist, so from then on the count must not change.
            first = record.Step == 2 ? TensorCount.Alive : first;
            if (record.Step > 2)
            {
                Assert.Equal(first, TensorCount.Alive);
            }
        });

        Assert.NotNull(first);
    }
}
