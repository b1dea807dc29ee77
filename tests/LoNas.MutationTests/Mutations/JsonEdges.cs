using System.Text;

namespace LoNas.MutationTests.Mutations;

/// <summary>JSON values that readers tend to forget, as text.</summary>
internal static class JsonEdges
{
    private static readonly string[] Texts =
    [
        "null", "true", "false", "[]", "{}", "\"\"", "0", "-0", "1", "-1", "1.5", "2147483647", "2147483648",
        "4294967296",
        "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e400", "-1e400",
        "1e-400",
        "99999999999999999999999999", "NaN", "Infinity", "1e", "01", "\"NaN\"", "\"Infinity\"", "\"12\"", "\"\\ud800\"",
        "\"\\udc00\\ud800\"", "\"\\ud83d\\ude42\"", "\"\\u0000\"", "\"\\x\"", "\"../x\"", "\"/etc/passwd\"",
        "\"C:\\\\x\"",
        "\"..\\\\x\"", "\"(a*)*b\"", "\"((((\"", "\"[\"", "\"(?<a>a)\\\\k<b>\"", "\"a{999999999}\"", "\"▁\"", "\" \"",
        "[null]",
        "[[[]]]", "{\"\":{}}", "[0]", "[\"a\"]", "{\"a\":0}", "{\"a\":0,\"a\":1}", "/* */ 1", "// ", "[1,]", "\"\n\"",
        "'a'",
    ];

    private static readonly byte[][] Values =
        [
            .. Texts.Select(Encoding.UTF8.GetBytes),
            [0x22, 0xFF, 0xFE, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0],
        ];

    private static readonly int[] Depths = [2, 60, 63, 64, 65, 200, 5000];

    /// <summary>A random one of them, sometimes a large value.</summary>
    public static byte[] Next(Random random) => random.Next(400) == 0 ? Large(random)
        : random.Next(25) switch
        {
            0 => Nested(random),
            1 => Text(random.Next(1, 3000), random),
            2 => Encoding.UTF8.GetBytes($"{(random.Next(2) == 0 ? "-" : "")}{random.NextInt64()}"),
            _ => Values[random.Next(Values.Length)],
        };

    /// <summary>A key that no reader knows.</summary>
    public static byte[] Key(Random random) => random.Next(40) == 0
        ? Text(random.Next(1, 3000), random)
        : Encoding.UTF8.GetBytes($"\"{"abcdef"[random.Next(6)]}{random.Next(100)}\"");

    private static byte[] Nested(Random random)
    {
        int depth = Depths[random.Next(Depths.Length)];
        var (open, close) = random.Next(2) == 0 ? ("[", "]") : ("{\"a\":", "}");
        var inner = random.Next(2) == 0 ? "0" : "";
        bool isClosed = random.Next(4) > 0;
        return Encoding.UTF8.GetBytes(
            string.Concat(Enumerable.Repeat(open, depth)) + inner
            + (isClosed ? string.Concat(Enumerable.Repeat(close, depth)) : ""));
    }

    private static byte[] Text(int length, Random random) =>
        Encoding.UTF8.GetBytes($"\"{new string((char)random.Next('a', 'z'), length)}\"");

    /// <summary>A value of about 100 to 600 KiB: one text, many texts, many keys, or many lists.</summary>
    private static byte[] Large(Random random)
    {
        int count = random.Next(4000, 12_000);
        return random.Next(4) switch
        {
            0 => Text(count * 50, random),
            1 => Encoding.UTF8.GetBytes(
                $"[{string.Join(',', Enumerable.Repeat("\"a text that is repeated often\"", count))}]"),
            2 => Encoding.UTF8.GetBytes(
                $"{{{string.Join(',', Enumerable.Range(0, count).Select(i => $"\"a key with number {i}\":{i}"))}}}"),
            _ => Encoding.UTF8.GetBytes(
                $"[{string.Join(',', Enumerable.Repeat("[\"first of two\", \"second of two\"]", count))}]"),
        };
    }
}
