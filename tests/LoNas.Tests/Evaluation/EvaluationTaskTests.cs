using LoNas.Data;
using LoNas.Evaluation;
using LoNas.Tests.Support;

namespace LoNas.Tests.Evaluation;

public sealed class EvaluationTaskTests
{
    [Fact]
    public void Math_Sets_AreInTheReferencesOrder()
    {
        Assert.Equal(["AQuA", "mawps", "gsm8k", "SVAMP"], EvaluationTask.Math.Select(task => task.Name));
        Assert.All(EvaluationTask.Math, task => Assert.Equal((28, 256), (task.TemplateIndent, task.MaxNewTokens)));
    }

    [Fact]
    public void Commonsense_Sets_AreInTheReferencesOrder()
    {
        Assert.Equal(
            ["boolq", "piqa", "social_i_qa", "winogrande", "ARC-Easy", "ARC-Challenge", "openbookqa", "hellaswag"],
            EvaluationTask.Commonsense.Select(task => task.Name));
        Assert.All(
            EvaluationTask.Commonsense, task => Assert.Equal((24, 32), (task.TemplateIndent, task.MaxNewTokens)));
    }

    [Fact]
    public void DataPath_Task_IsTheTestFile() => Assert.Equal(
        Path.Combine("data", "gsm8k", "test.json"), EvaluationTask.Math[2].DataPath("data"));

    // The counts are made by answer_rules_golden.py.
    [Theory]
    [InlineData("AQuA", 254, 109, 66)]
    [InlineData("mawps", 238, 0, 4)]
    [InlineData("gsm8k", 1319, 771, 30)]
    [InlineData("SVAMP", 1000, 803, 20)]
    [InlineData("boolq", 3270, 3270, 2033)]
    [InlineData("piqa", 1838, 1838, 910)]
    [InlineData("social_i_qa", 1954, 1954, 643)]
    [InlineData("winogrande", 1267, 1267, 628)]
    [InlineData("ARC-Easy", 2376, 2376, 596)]
    [InlineData("ARC-Challenge", 1172, 1172, 266)]
    [InlineData("openbookqa", 500, 500, 138)]
    [InlineData("hellaswag", 1000, 1000, 267)]
    public void Rule_RealRecords_JudgesAsPython(string name, int count, int rightOutputs, int rightInstructions)
    {
        var task = EvaluationTask.Math.Concat(EvaluationTask.Commonsense).Single(task => task.Name == name);
        var records = InstructionDataset.Load(task.DataPath(SharedData.Path("datasets")), isTestSet: true);
        int Right(Func<InstructionRecord, string> text) =>
            records.Count(record => task.Rule.IsRight(task.Rule.Extract(text(record)), record.Answer));
        Assert.Equal(count, records.Count);
        Assert.Equal(rightOutputs, Right(record => record.Output));
        Assert.Equal(rightInstructions, Right(record => record.Instruction));
    }
}
