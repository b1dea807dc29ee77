using LoNas.Data;
using LoNas.Errors;
using LoNas.Tests.Support;
using LoNas.Text;

namespace LoNas.Tests.Data;

public sealed class ClassifierDataTests : IDisposable
{
    private readonly TokenizerFiles _files = new();
    private readonly TextTokenizer _tokenizer;

    public ClassifierDataTests()
    {
        _files.Write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n");
        _tokenizer = TextTokenizer.Load(_files.Folder);
    }

    public void Dispose() => _files.Dispose();

    /// <summary>
    /// Room for seven tokens, by the rule of the tokenizers library, whose own tests have these lengths: the longer
    /// text is cut to the shorter one, then both to a half, the odd token going to the second unless the first is
    /// longer.
    /// </summary>
    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(0, 2, 0, 2)]
    [InlineData(0, 8, 0, 7)]
    [InlineData(8, 0, 7, 0)]
    [InlineData(4, 2, 4, 2)]
    [InlineData(2, 8, 2, 5)]
    [InlineData(8, 2, 5, 2)]
    [InlineData(3, 8, 3, 4)]
    [InlineData(4, 4, 3, 4)]
    [InlineData(4, 8, 3, 4)]
    [InlineData(8, 4, 4, 3)]
    [InlineData(8, 8, 3, 4)]
    [InlineData(30, 20, 4, 3)]
    public void Encode_LongPair_LosesTheEndOfTheLongerText(int first, int second, int firstKept, int secondKept)
    {
        var data = ClassifierData.Encode([new(Words("a", first), Words("b", second), 1)], 10, _tokenizer);
        var example = Assert.Single(data.Examples);

        Assert.Equal(
            [2, .. Enumerable.Repeat(4, firstKept), 3, .. Enumerable.Repeat(5, secondKept), 3], example.InputIds);
        Assert.Equal(
            [.. Enumerable.Repeat(0, firstKept + 2), .. Enumerable.Repeat(1, secondKept + 1)], example.TokenTypeIds!);
        Assert.Equal(first + second + 3, Assert.Single(data.UncutLengths));
        Assert.Equal(first + second > 7 ? 1 : 0, data.TruncatedCount);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(8, 8)]
    [InlineData(9, 8)]
    public void Encode_LongText_LosesItsEnd(int count, int kept) => Assert.Equal(
        [2, .. Enumerable.Repeat(4, kept), 3],
        ClassifierData.Encode([new(Words("a", count), null, 0)], 10, _tokenizer).Examples[0].InputIds);

    [Fact]
    public void Encode_TextsWithLabels_HaveThemAsTargets() => Assert.Equal(
        [2, 0, 3.5],
        ClassifierData.Encode([new("a", null, 2), new("b", null, null), new("a", null, 3.5)], 8, _tokenizer)
            .Examples.Select(example => example.Target!.Value));

    /// <summary>[CLS] and [SEP] are around a text, with one more [SEP] around a pair.</summary>
    [Theory]
    [InlineData(null, 2, true)]
    [InlineData(null, 3, false)]
    [InlineData("b", 3, true)]
    [InlineData("b", 4, false)]
    [InlineData("b", 0, true)]
    public void Encode_NoRoomForText_IsRefused(string? second, int length, bool isRefused)
    {
        var error = Record.Exception(() => ClassifierData.Encode([new("a", second, 1)], [], length, _tokenizer));

        Assert.Equal(isRefused, error is ArgumentException);
        Assert.Equal(isRefused ? [Setting.SequenceLength] : [], error?.Settings() ?? []);
    }

    private static string Words(string word, int count) => string.Join(' ', Enumerable.Repeat(word, count));
}
