using LoNas.Bench.Generate;
using LoNas.Data;
using LoNas.Elastic;
using LoNas.Evaluation;
using LoNas.Generation;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Tests.Support;
using LoNas.Text;
using static TorchSharp.torch;

namespace LoNas.Tests.Evaluation;

/// <summary>Compares responses that stop once their prediction can no longer change with the complete ones.</summary>
public sealed class SettledAnswerTests
{
    [Theory]
    [InlineData("the answer is true", "true")]
    [InlineData("the answer is tru", null)]
    [InlineData("", null)]
    [InlineData("false tru", "false")]
    [InlineData("false", "false")]
    public void Settle_Boolq_HoldsOnceTheFirstMatchIsComplete(string response, string? expected) =>
        Assert.Equal(expected, AnswerRules.FirstOf("true", "false").Settle!(response));

    [Theory]
    [InlineData("xbc", "bc")]
    [InlineData("abc", null)] // may become abcd, which begins earlier
    [InlineData("abce", "bc")]
    public void Settle_EarlierMatchStillPossible_Waits(string response, string? expected) =>
        Assert.Equal(expected, AnswerRules.FirstOf("bc", "abcd").Settle!(response));

    [Theory]
    [InlineData("answer1", null)] // may become answer10, which is named earlier
    [InlineData("answer1 ", "answer1")]
    [InlineData("answer10", "answer10")]
    public void Settle_LongerChoiceNamedFirst_Waits(string response, string? expected) =>
        Assert.Equal(expected, AnswerRules.FirstOf("answer10", "answer1").Settle!(response));

    [Fact]
    public void Settle_Numbers_NeverDo() => Assert.Null(AnswerRules.LastNumber.Settle);

    [Theory]
    [InlineData("### Response: A", "A")]
    [InlineData("### Response: A ##", "A")]
    [InlineData("### Response: A ### Resp", "A")]
    [InlineData("### Response: A ### B", "A ### B")]
    public void SettledResponse_BeginningOfAHeading_IsLeftOut(string decoded, string expected) =>
        Assert.Equal(expected, PromptTemplate.SettledResponse(decoded));

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Run_SettledAndExact_GiveTheSamePredictionsWithFewerTokens(int beams)
    {
        var tokenizer = TextTokenizer.Load(SampleRun.Model);
        using var model = ModelFolder.Open(SampleRun.Model).Build(
            ScalarType.Float32, new SuperAdapter(null, new SeededRandom(1)).Linears);
        AssertSame(model, tokenizer, beams, SampleRecords());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Run_StoriesModel_SettledAndExactGiveTheSamePredictions(int beams)
    {
        var path = SharedData.Path("models", "stories260K");
        using var model = ModelFolder.Open(path).Build(
            ScalarType.Float32, new SuperAdapter(null, new SeededRandom(1)).Linears);
        var testSet = SharedData.Path("datasets", "AQuA", "test.json");
        var records = InstructionDataset.Load(testSet, isTestSet: true).Take(6).ToList();

        AssertSame(model, TextTokenizer.Load(path), beams, records);
    }

    private static IReadOnlyList<InstructionRecord> SampleRecords()
    {
        using var sample = new SampleRun(trainingRecords: 40);
        return [.. InstructionDataset.Load(sample.Dataset, isTestSet: false).Take(8)];
    }

    private static void AssertSame(
        ICausalModel model, TextTokenizer tokenizer, int beams, IReadOnlyList<InstructionRecord> records)
    {
        // AQuA's own choices, and some that small models really write, so that there is something to settle.
        int shorter = 0;
        int settled = 0;
        foreach (var rule in new[]
        {
            AnswerRules.FirstOf("A", "B", "C", "D", "E"),
            AnswerRules.FirstOf("e", "t", "1"),
            AnswerRules.FirstOf("he", "an", "answer", "is"),
        })
        {
            var task = new EvaluationTask("choices", "choices", 24, 20, rule);
            var exact = new TaskEvaluator(model, tokenizer, beams, exactOutputs: true).Run(task, records).Records;
            var quick = new TaskEvaluator(model, tokenizer, beams).Run(task, records).Records;
            var sequential = records.Select(record => Alone(model, tokenizer, task, record, beams));

            Assert.Equal(exact.Select(judged => judged.Prediction), quick.Select(judged => judged.Prediction));
            Assert.Equal(exact.Select(judged => judged.Prediction), sequential);
            settled += exact.Count(judged => judged.Prediction.Choice.Length > 0);
            shorter += exact.Zip(quick).Count(pair => pair.First.Response.Length > pair.Second.Response.Length);
        }

        Assert.True(
            settled > 0 && shorter > 0, $"{settled} predictions, {shorter} ended early: nothing was put to the test");
    }

    private static Prediction Alone(
        ICausalModel model, TextTokenizer tokenizer, EvaluationTask task, InstructionRecord record, int beams)
    {
        var prompt = tokenizer.Encode(PromptTemplate.Evaluation(record.Instruction, record.Input, task.TemplateIndent));
        var options = new GenerationOptions
        {
            MaxNewTokens = task.MaxNewTokens,
            BeamCount = beams,
            EosId = tokenizer.EosId,
        };
        var sequence = SequentialGenerator.Generate(model, prompt, options)[0];
        return task.Rule.Extract(PromptTemplate.Response(tokenizer.Decode(sequence.Ids, skipSpecialTokens: false)));
    }
}
