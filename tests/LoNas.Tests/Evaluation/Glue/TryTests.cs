using LoNas.Data;
using LoNas.Elastic;
using LoNas.Evaluation.Glue;
using LoNas.Tests.Support;
using LoNas.Training;
using LoNas.Training.Gradients;
using static TorchSharp.torch;

namespace LoNas.Tests.Evaluation.Glue;

public sealed class TryTests(ITestOutputHelper output)
{
    [Fact]
    public void Train_Mrpc()
    {
        var task = GlueTask.All.Single(each => each.Name == "mrpc");
        using var model = ElasticModel.Open(new OpenOptions
        {
            Model = SharedData.Path("models", "all-MiniLM-L6-v2"), Labels = 2,
            NewAdapter = new() { Rank = 16, Alpha = 32, Dropout = 0.05, TargetModules = ["query", "value"], TaskType = LoraOptions.ClassificationTask, ModulesToSave = ["pooler.dense"] },
            Threads = 2,
        });
        var train = GlueData.Load(task, SharedData.Path("datasets", "glue"), GlueSplit.Train);
        var dev = GlueData.Load(task, SharedData.Path("datasets", "glue"), GlueSplit.Validation);
        var data = ClassifierData.Encode(train, dev, 128, model.Tokenizer);
        int epochs = int.Parse(Environment.GetEnvironmentVariable("EPOCHS") ?? "1");
        using var run = new TrainingRun(model, data, new TrainingOptions { BatchSize = 32, Epochs = epochs, LearningRate = 5e-4, LoggingSteps = 20, EvaluationStrategy = IntervalStrategy.Epoch, SaveStrategy = IntervalStrategy.No, WarmupRatio = 0.06 });
        var clock = System.Diagnostics.Stopwatch.StartNew();
        run.Execute();
        output.WriteLine($"{clock.Elapsed} " + string.Join('\n', run.State.LogHistory.Select(entry => string.Join(' ', entry.Select(e => $"{e.Key}={e.Value:g5}")))));
        using var frozen = no_grad();
        var predicted = new List<double>();
        foreach (var rows in Enumerable.Range(0, dev.Count).Chunk(64))
        {
            using var scope = NewDisposeScope();
            predicted.AddRange(model.Classifier.Classify(TokenBatch.Pad(data.Validation, rows)).argmax(1).data<long>().Select(v => (double)v));
        }
        output.WriteLine(string.Join(' ', task.Score(predicted, [.. dev.Select(text => text.Label!.Value)])));
    }
}
