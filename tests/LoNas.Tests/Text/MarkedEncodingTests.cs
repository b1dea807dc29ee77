using LoNas.Tests.Support;
using LoNas.Text;
using LoNas.Text.Chat;

namespace LoNas.Tests.Text;

/// <summary>Which tokens reach into a span of a text, against the places that decoding gives them.</summary>
public sealed class MarkedEncodingTests : IDisposable
{
    private static readonly string[] Texts =
    [
        "Hello there, how are you?",
        "assistant\n\n\n  Two  spaces, tabs\t\tand\r\nlines\n\n",
        "caf\u00e9 na\u00efve \u4f60\u597d\u4e16\u754c \ud83d\udc4b\ud83c\udffd \u0645\u0631\u062d\u0628\u0627 end",
        "1234567890 3.14159 x+y=z != <= ## --- ''' \"q\"",
        "A line.\nAnother one that goes on for a while; and so on, don't you think it'll do?",
    ];

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("gemma3")]
    [InlineData("gpt-neox")]
    [InlineData("gpt2")]
    [InlineData("llama")]
    [InlineData("llama2-json")]
    [InlineData("llama3")]
    [InlineData("mistral-v03-json")]
    [InlineData("qwen3")]
    public void EncodeRaw_Spans_MarkTheTokensThatReachIntoThem(string name)
    {
        var tokenizer = SharedTokenizer.Load(name, _folder);
        var random = new Random(7);
        int marked = 0;
        foreach (var text in Texts)
        {
            var plain = tokenizer.EncodeRaw(text);
            var places = Places(tokenizer, plain, text);
            for (int i = 0; i < 200; i++)
            {
                var span = Span(random, text);
                var (ids, found) = tokenizer.EncodeRaw(text, [span]);

                Assert.Equal(plain, ids);
                Assert.All(found.Index(), each => Assert.Equal(
                    Expected(places, each.Index, span) ?? each.Item, each.Item));
                marked += found.Count(each => each);
            }
        }

        Assert.NotEqual(0, marked);
    }

    [Fact]
    public void EncodeRaw_SpecialTokensAroundSpan_MarkWhatIsInIt()
    {
        var tokenizer = SharedTokenizer.Load("qwen3", _folder);
        const string Before = "<|im_start|>assistant\n";
        const string Answer = "Hello!<|im_end|>";

        var (ids, marked) = tokenizer.EncodeRaw(
            $"{Before}{Answer}\n", [new TextSpan(Before.Length, Before.Length + Answer.Length)]);

        Assert.Equal(
            Answer, tokenizer.Decode([.. ids.Where((_, i) => marked[i])], skipSpecialTokens: false));
        Assert.False(marked[^1]);
    }

    [Fact]
    public void EncodeRaw_NothingInSpan_MarksNothing()
    {
        var tokenizer = SharedTokenizer.Load("qwen3", _folder);

        Assert.DoesNotContain(true, tokenizer.EncodeRaw("some text", [new TextSpan(4, 4)]).Marked);
        Assert.DoesNotContain(true, tokenizer.EncodeRaw("some text", []).Marked);
    }

    public void Dispose() => _folder.Dispose();

    private static TextSpan Span(Random random, string text)
    {
        int start = random.Next(text.Length);
        int end = random.Next(start + 1, text.Length + 1);
        start -= char.IsLowSurrogate(text[start]) ? 1 : 0;
        end += end < text.Length && char.IsLowSurrogate(text[end]) ? 1 : 0;
        return new TextSpan(start, end);
    }

    /// <summary>
    /// Whether a token reaches into a span; null where decoding does not tell, such as of the first of the tokens that
    /// make a character together, which may begin with a space.
    /// </summary>
    private static bool? Expected((int Start, int End)[] places, int token, TextSpan span)
    {
        var (start, end) = places[token];
        bool isExact = end > start && places.Count(place => place == (start, end)) == 1;
        return start < span.End && end > span.Start
            ? isExact || (span.Start <= start && span.End >= end) ? true : null
            : end > start ? false : null;
    }

    /// <summary>
    /// Where each token begins and ends; those that make a character together begin and end with it.
    /// </summary>
    private static (int Start, int End)[] Places(TextTokenizer tokenizer, int[] ids, string text)
    {
        int?[] ends = [.. Enumerable.Range(0, ids.Length + 1).Select(count =>
        {
            var decoded = tokenizer.Decode(ids[..count], skipSpecialTokens: false);
            return text.StartsWith(decoded, StringComparison.Ordinal) && !IsWithinPair(text, decoded.Length)
                ? decoded.Length
                : (int?)null;
        })];
        return [.. ids.Select((_, i) => (
            ends[..(i + 1)].Last(end => end is not null)!.Value,
            ends[(i + 1)..].First(end => end is not null)!.Value))];
    }

    private static bool IsWithinPair(string text, int place) =>
        place > 0 && place < text.Length && char.IsSurrogatePair(text[place - 1], text[place]);
}
