using System.Text;

namespace LoNas.Text.Bpe;

/// <summary>
/// The characters that stand for bytes in byte-level vocabularies (GPT-2's encoder.py): visible Latin-1 characters
/// stand for themselves, the other bytes for those from U+0100 on.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = MakeCharacters();

    private static readonly Dictionary<char, byte> Bytes =
        Characters.Index().ToDictionary(item => item.Item, item => (byte)item.Index);

    /// <summary>The UTF-8 bytes of a text, each as its character.</summary>
    public static string Encode(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return string.Create(bytes.Length, bytes, static (characters, source) =>
        {
            for (int i = 0; i < source.Length; i++)
            {
                characters[i] = Characters[source[i]];
            }
        });
    }

    /// <summary>The bytes of a piece; those of its UTF-8 where it has another character, as added tokens may.</summary>
    public static byte[] Decode(string piece)
    {
        var bytes = new byte[piece.Length];
        for (int i = 0; i < piece.Length; i++)
        {
            if (!Bytes.TryGetValue(piece[i], out bytes[i]))
            {
                return Encoding.UTF8.GetBytes(piece);
            }
        }

        return bytes;
    }

    private static char[] MakeCharacters()
    {
        var characters = new char[256];
        char next = '\u0100';
        for (int value = 0; value < characters.Length; value++)
        {
            bool isVisible = value is (>= '!' and <= '~') or (>= '¡' and <= '¬') or >= '®';
            characters[value] = isVisible ? (char)value : next++;
        }

        return characters;
    }
}

/// <summary>Joins the pieces of a byte-level vocabulary: their bytes, as UTF-8; broken sequences become U+FFFD.</summary>
internal sealed class ByteLevelDecoder : IPieceDecoder
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    public string Push(TokenPiece piece) => Convert(ByteAlphabet.Decode(piece.Name), isEnd: false);

    public string Flush() => Convert([], isEnd: true);

    private string Convert(byte[] bytes, bool isEnd)
    {
        var characters = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length + 4)];
        return new string(characters, 0, _decoder.GetChars(bytes, characters, isEnd));
    }
}
