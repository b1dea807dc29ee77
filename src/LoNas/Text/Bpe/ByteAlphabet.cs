using System.Text;

namespace LoNas.Text.Bpe;

/// <summary>
/// The characters that stand for bytes in byte-level vocabularies (GPT-2's encoder.py): visible Latin-1 characters
/// stand for themselves, the other bytes are written as the characters from U+0100 on.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = MakeCharacters();

    private static readonly Dictionary<char, byte> Bytes =
        Characters.Index().ToDictionary(item => item.Item, item => (byte)item.Index);

    /// <summary>Writes each UTF-8 byte of a text as its character.</summary>
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

    /// <summary>
    /// The bytes that a piece stands for. A piece with any other character, as in some added tokens, is taken as UTF-8
    /// text.
    /// </summary>
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

/// <summary>
/// Decodes the pieces of a byte-level vocabulary: their bytes as UTF-8. Invalid sequences become U+FFFD.
/// </summary>
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
