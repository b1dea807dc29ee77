using LoNas.Text;

namespace LoNas.MutationTests;

/// <summary>Loads a folder's tokenizer and uses it.</summary>
internal static class TokenizerReading
{
    private const string Text = "It's the answer: 12 + 7\n <s> [MASK] é你🙂</s>";

    public static void Read(string path)
    {
        var tokenizer = TextTokenizer.Load(Path.GetDirectoryName(path)!);
        tokenizer.Decode(tokenizer.Encode(Text), skipSpecialTokens: true);
        tokenizer.EncodePair("a", Text, 12);
    }
}
