using LoNas.Data;
using LoNas.Tests.Support;
using LoNas.Text;

namespace LoNas.Tests.Data;

public sealed class InstructionEncoderTests : IDisposable
{
    private const int Ignored = TrainingExample.IgnoredLabel;
    private const int Unlimited = 10_000;

    private readonly TinyTokenizer _files = new(["▁▁", "▁", "a"]);
    private readonly TextTokenizer _tokenizer;
    private readonly InstructionRecord _record = new() { Instruction = "a", Output = "aaa" };

    public InstructionEncoderTests() => _tokenizer = TextTokenizer.Load(_files.Folder);

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Encode_ShortRecord_EndsInEosAndLearnsAll()
    {
        var example = Encode(Unlimited, trainOnInputs: true, _record).Examples[0];
        var text = PromptTemplate.Training("a", "", "aaa");
        Assert.Equal([.. _tokenizer.Encode(text), _tokenizer.EosId], example.InputIds);
        Assert.Equal(example.InputIds, example.Labels);
        Assert.NotSame(example.InputIds, example.Labels);
    }

    [Fact]
    public void Encode_PromptMasked_LearnsOutputAndEosOnly()
    {
        var example = Encode(Unlimited, trainOnInputs: false, _record).Examples[0];
        int a = TinyTokenizer.FirstPieceId + 2;
        Assert.Equal([a, a, a, 2], example.Labels[^4..]);
        Assert.All(example.Labels[..^4], label => Assert.Equal(Ignored, label));
        Assert.Equal(PromptTemplate.Training("a", "", ""), _tokenizer.Decode(example.InputIds[..^4], true));
    }

    [Fact]
    public void Encode_RecordWithInput_UsesTheInputTemplate()
    {
        var example = Encode(Unlimited, true, _record with { Input = "aa" }).Examples[0];
        Assert.Equal(PromptTemplate.Training("a", "aa", "aaa"), _tokenizer.Decode(example.InputIds, true));
    }

    [Theory]
    [InlineData(0, 0, false)] // one token too long with EOS: EOS has no place, nothing is cut
    [InlineData(1, 0, true)]
    [InlineData(-1, 1, false)]
    public void Encode_AroundTheCutoff_NeverExceedsIt(int slack, int truncated, bool endsInEos)
    {
        int length = _tokenizer.Encode(PromptTemplate.Training("a", "", "aaa")).Length;
        var dataset = Encode(length + slack, true, _record);
        Assert.Equal(length + slack, dataset.Examples[0].InputIds.Length);
        Assert.Equal(endsInEos, dataset.Examples[0].InputIds[^1] == _tokenizer.EosId);
        Assert.Equal(truncated, dataset.TruncatedCount);
        Assert.Equal([length], dataset.UncutLengths);
    }

    [Fact]
    public void Encode_OutputCutAway_CountsAsUnlabelled()
    {
        var dataset = Encode(16, trainOnInputs: false, _record, _record);
        Assert.Equal((2, 2), (dataset.TruncatedCount, dataset.UnlabelledCount));
        Assert.All(dataset.Examples, example => Assert.Equal(16, example.Labels.Length));
        Assert.Equal(0, Encode(16, trainOnInputs: true, _record).UnlabelledCount);
    }

    [Fact]
    public void Encode_EmptyOutput_LeavesEosToLearn()
    {
        var example = Encode(Unlimited, false, _record with { Output = "" }).Examples[0];
        Assert.Equal(2, example.Labels[^1]);
        Assert.Equal(1, example.Labels.Count(label => label != Ignored));
    }

    [Fact]
    public void Encode_OutputEndingInEos_GetsNoSecondOne()
    {
        var example = Encode(Unlimited, true, _record with { Output = "a</s>" }).Examples[0];
        Assert.Equal([TinyTokenizer.FirstPieceId + 2, 2], example.InputIds[^2..]);
    }

    [Fact]
    public void Encode_TokenizerThatAddsEos_DoesNotMaskOneMore()
    {
        _files.Write("tokenizer_config.json", """{"add_eos_token": true}""");
        var encoder = new InstructionEncoder(TextTokenizer.Load(_files.Folder), Unlimited, trainOnInputs: false);
        var example = encoder.Encode([_record]).Examples[0];
        Assert.Equal(Encode(Unlimited, false, _record).Examples[0].InputIds, example.InputIds);
        Assert.Equal(4, example.Labels.Count(label => label != Ignored));
    }

    [Fact]
    public void Constructor_CutoffBelowOne_IsAnArgumentError() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new InstructionEncoder(_tokenizer, 0, true));

    [Theory]
    [InlineData(new[] { 5 }, false)] // the first label is never compared
    [InlineData(new[] { 5, Ignored }, false)]
    [InlineData(new[] { Ignored, 5 }, true)]
    [InlineData(new int[0], false)]
    public void HasLabels_Labels_LeavesOutTheFirst(int[] labels, bool expected) =>
        Assert.Equal(expected, new TrainingExample(new int[labels.Length], labels).HasLabels);

    [Fact]
    public void Encode_RealMathRecords_StaysWithinTheCutoff()
    {
        var tokenizer = TextTokenizer.Load(SharedData.Path("tokenizers", "llama"));
        var records = InstructionDataset.Load(SharedData.Path("datasets", "math_8k.json")).Take(300).ToList();
        var dataset = new InstructionEncoder(tokenizer, 256, trainOnInputs: false).Encode(records);
        Assert.Equal(300, dataset.Examples.Count);
        Assert.All(dataset.Examples, example => Assert.InRange(example.InputIds.Length, 1, 256));
        Assert.Equal(dataset.UncutLengths.Count(length => length > 256), dataset.TruncatedCount);
        Assert.InRange(dataset.TruncatedCount, 1, 299);
    }

    private EncodedDataset Encode(int cutoff, bool trainOnInputs, params InstructionRecord[] records) =>
        new InstructionEncoder(_tokenizer, cutoff, trainOnInputs).Encode(records);
}
