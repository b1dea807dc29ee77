using LoNas.Data;
using LoNas.Elastic;
using LoNas.Evaluation;
using LoNas.Generation;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Tests.Support;
using LoNas.Text;
using static TorchSharp.torch;

namespace LoNas.Tests.Generation;

public sealed class TextGeneratorLeakTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Generate_AfterAFirstCall_LeavesNoTensors(int beams)
    {
        var (model, _) = TinyLora.Load();
        var options = new GenerationOptions { MaxNewTokens = 12, BeamCount = beams, EosId = 114 };

        TensorCount.AssertUnchangedBy(() => TextGenerator.Generate(model, [170, 295, 272], options));
    }

    [Fact]
    public void Run_TestSet_LeavesNoTensors()
    {
        using var sample = new SampleRun();
        var adapter = new SuperAdapter(null, new SeededRandom(1));
        var model = ModelFolder.Open(SampleRun.Model).Build(ScalarType.Float32, adapter.Linears);
        var evaluator = new TaskEvaluator(model, TextTokenizer.Load(SampleRun.Model), beamCount: 2, maxNewTokens: 5);
        var task = EvaluationTask.Math[1];
        var records = InstructionDataset.Load(task.DataPath(sample.Datasets), isTestSet: true);

        TensorCount.AssertUnchangedBy(() => evaluator.Run(task, records));
    }

    [Fact]
    public void Generate_Cancelled_LeavesNoTensors()
    {
        var (model, _) = TinyLora.Load();
        var options = new GenerationOptions { MaxNewTokens = 12 };

        TensorCount.AssertUnchangedBy(() =>
        {
            using var stop = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(
                () => TextGenerator.Generate(model, [5, 6], options, _ => stop.Cancel(), stop.Token));
        });
    }
}
