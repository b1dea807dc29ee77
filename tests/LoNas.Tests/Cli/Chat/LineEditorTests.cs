using LoNas.Cli.Chat;

namespace LoNas.Tests.Cli.Chat;

/// <summary>Lines that are typed key by key.</summary>
public sealed class LineEditorTests
{
    private static readonly Dictionary<string, ConsoleKey> Named = new()
    {
        ["left"] = ConsoleKey.LeftArrow,
        ["right"] = ConsoleKey.RightArrow,
        ["up"] = ConsoleKey.UpArrow,
        ["down"] = ConsoleKey.DownArrow,
        ["home"] = ConsoleKey.Home,
        ["end"] = ConsoleKey.End,
        ["back"] = ConsoleKey.Backspace,
        ["del"] = ConsoleKey.Delete,
        ["f5"] = ConsoleKey.F5,
    };

    [Theory]
    [InlineData("hello {enter}", "hello ")]
    [InlineData("helo{left}l{enter}", "hello")]
    [InlineData("ello{home}h{end}!{enter}", "hello!")]
    [InlineData("hello{back}{back}{enter}", "hel")]
    [InlineData("hello{home}{del}{right}{del}{enter}", "elo")]
    [InlineData("{back}{del}{left}{right}{f5}a{enter}", "a")]
    [InlineData("one two three{^w}{^w}2{enter}", "one 2")]
    [InlineData("abc{left}{^k}{enter}", "ab")]
    [InlineData("abc{left}{^u}{enter}", "c")]
    [InlineData("abc{^c}d{enter}", "d")]
    [InlineData("ab{^a}x{^e}y{^b}z{^f}!{enter}", "xabzy!")]
    [InlineData("gr\u00fc\u00dfe \ud83d\udc4d\ud83c\udffd{back}{left}x{enter}", "gr\u00fc\u00dfex ")]
    [InlineData("\u05e9\u05dc\u05d5\u05dd{back}{enter}", "\u05e9\u05dc\u05d5")]
    [InlineData("e\u0301{left}a{enter}", "ae\u0301")]
    public void Read_Keys_EditTheLine(string typed, string expected) =>
        Assert.Equal([expected], Lines(typed, out _));

    [Fact]
    public void Read_Arrows_GiveEarlierLines() => Assert.Equal(
        ["first", "second", "second", "first!", "draft", "first!"],
        Lines("first{enter}second{enter}{up}{enter}{up}{up}!{enter}draft{up}{up}{down}{down}{enter}{up}{up}{down}{up}"
            + "{enter}", out _));

    /// <summary>Of a pasted text the lines stay one message, also the last where it has no end.</summary>
    [Theory]
    [InlineData("[one{enter}two{enter}]", "one\ntwo")]
    [InlineData("[one{enter}two]{enter}", "one\ntwo")]
    [InlineData("a[b{enter}c]d{enter}", "ab\ncd")]
    public void Read_PastedLines_AreOneMessage(string typed, string expected) =>
        Assert.Equal([expected], Lines(typed, out _));

    [Theory]
    [InlineData("{^c}", "Interrupted")]
    [InlineData("{^d}", "Closed")]
    [InlineData("a{back}{^d}", "Closed")]
    [InlineData("ab{^c}{^c}", "Interrupted")]
    public void Read_EndOfTheChat_IsToldApart(string typed, string expected)
    {
        var keys = Keys(typed);
        var editor = new LineEditor(
            new LineKeys(() => keys.Dequeue().Key, () => false, _ => { }, () => 80), "> ");

        var (end, text) = editor.Read();

        Assert.Equal((expected, ""), ($"{end}", text));
        Assert.Empty(keys);
    }

    /// <summary>A long line moves under the cursor while it is typed, and stands there whole when it is sent.</summary>
    [Fact]
    public void Read_LongLine_StaysInItsRowUntilItIsSent()
    {
        var text = string.Concat(Enumerable.Repeat("abcdefghi ", 12)) + "\u4f60\u597d";
        Assert.Equal([text], Lines($"{text}{{home}}{{end}}{{enter}}", out var written, columns: 20));

        int last = written.LastIndexOf("\r\e[K> ", StringComparison.Ordinal);
        Assert.Equal($"\r\e[K> {text}\n", written[last..]);
        Assert.All(
            written[..last].Split('\r').Where(part => part.StartsWith("> ", StringComparison.Ordinal)),
            part => Assert.InRange(LoNas.Cli.Output.WrappedText.ColumnsOf(part.Split('\e')[0]), 2, 20));
    }

    private static string[] Lines(string typed, out string written, int columns = 80)
    {
        var keys = Keys(typed);
        bool isPasted = false;
        var output = new StringWriter();
        var editor = new LineEditor(
            new LineKeys(
                () =>
                {
                    var (key, pasted) = keys.Dequeue();
                    isPasted = pasted;
                    return key;
                },
                () => isPasted, output.Write, () => columns),
            "> ");
        var lines = new List<string>();
        while (keys.Count > 0)
        {
            lines.Add(editor.Read().Text);
        }

        written = output.ToString();
        return [.. lines];
    }

    /// <summary>Keys by name in braces, ^ before those with Ctrl; what is in brackets is there at once.</summary>
    private static Queue<(ConsoleKeyInfo Key, bool IsPasted)> Keys(string typed)
    {
        var keys = new Queue<(ConsoleKeyInfo, bool)>();
        bool isPasted = false;
        for (int i = 0; i < typed.Length; i++)
        {
            if (typed[i] is '[' or ']')
            {
                isPasted = typed[i] == '[';
                continue;
            }

            var key = new ConsoleKeyInfo(typed[i], 0, shift: false, alt: false, control: false);
            if (typed[i] == '{')
            {
                int end = typed.IndexOf('}', i);
                key = Key(typed[(i + 1)..end]);
                i = end;
            }

            // Behind the last key of a paste there is no other.
            keys.Enqueue((key, isPasted && typed[i + 1] != ']'));
        }

        return keys;
    }

    private static ConsoleKeyInfo Key(string name) => name == "enter"
        ? new('\r', ConsoleKey.Enter, shift: false, alt: false, control: false)
        : name[0] == '^'
            ? new((char)(name[1] - 'a' + 1), ConsoleKey.A + (name[1] - 'a'), shift: false, alt: false, control: true)
            : new('\0', Named[name], shift: false, alt: false, control: false);
}
