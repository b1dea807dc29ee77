using System.Buffers;
using System.Text;

namespace LoNas.Text.SentencePiece;

/// <summary>
/// Decodes pieces as SentencePiece does: the dummy prefix is removed, runs of byte pieces become characters, and each
/// byte that belongs to no valid character becomes U+FFFD. Text is returned as soon as it is certain.
/// </summary>
internal sealed class PieceDecoder(bool hasDummyPrefix) : IPieceDecoder
{
    private readonly List<byte> _bytes = [];
    private bool _stripsSpace = hasDummyPrefix;

    public string Push(TokenPiece piece)
    {
        if (piece.Byte >= 0)
        {
            _stripsSpace = false;
            _bytes.Add((byte)piece.Byte);
            return TakeCharacters(isComplete: false);
        }

        if (piece.Text.Length == 0)
        {
            return Flush();
        }

        var before = Flush();
        var text = _stripsSpace && piece.Text[0] == ' ' ? piece.Text[1..] : piece.Text;
        _stripsSpace = false;
        return before + text;
    }

    /// <summary>Returns U+FFFD for each byte of an unfinished character.</summary>
    public string Flush() => TakeCharacters(isComplete: true);

    private string TakeCharacters(bool isComplete)
    {
        if (_bytes.Count == 0)
        {
            return "";
        }

        var text = new StringBuilder();
        var bytes = _bytes.ToArray();
        int start = 0;
        while (start < bytes.Length)
        {
            var status = Rune.DecodeFromUtf8(bytes.AsSpan(start), out var rune, out int consumed);
            if (status == OperationStatus.NeedMoreData && !isComplete)
            {
                break;
            }

            // SentencePiece replaces each invalid byte; .NET would replace an invalid sequence as a whole.
            text.Append(rune.ToString());
            start += status == OperationStatus.Done ? consumed : 1;
        }

        _bytes.RemoveRange(0, start);
        return text.ToString();
    }
}
