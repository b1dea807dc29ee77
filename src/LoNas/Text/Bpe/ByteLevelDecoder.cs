using System.Text;

namespace LoNas.Text.Bpe;

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
