using System.Buffers.Binary;
using System.Text;
using LoNas.Storage;

namespace LoNas.Samples;

/// <summary>
/// Writes a SentencePiece model file like LLaMA's: unknown, begin, end, the 256 byte pieces, then the normal pieces.
/// The fields are those of sentencepiece_model.proto (google/sentencepiece), encoded as protocol buffers.
/// </summary>
internal static class SentencePieceModel
{
    private const int Normal = 1;
    private const int Unknown = 2;
    private const int Control = 3;
    private const int Byte = 6;

    /// <summary>The number of pieces before the normal ones.</summary>
    public const int ReservedCount = 3 + 256;

    /// <summary>Writes the model. Earlier normal pieces have higher scores.</summary>
    public static void Write(string path, IReadOnlyList<string> pieces)
    {
        var model = new MemoryStream();
        WritePiece(model, "<unk>", 0, Unknown);
        WritePiece(model, "<s>", 0, Control);
        WritePiece(model, "</s>", 0, Control);
        for (int value = 0; value < 256; value++)
        {
            WritePiece(model, $"<0x{value:X2}>", 0, Byte);
        }

        for (int i = 0; i < pieces.Count; i++)
        {
            WritePiece(model, pieces[i], -i, Normal);
        }

        WriteMessage(model, 2, trainer =>
        {
            WriteNumber(trainer, 3, 2);                                   // model_type BPE
            WriteNumber(trainer, 4, ReservedCount + pieces.Count);        // vocab_size
            WriteNumber(trainer, 25, 1);                                  // split_digits
            WriteNumber(trainer, 35, 1);                                  // byte_fallback
        });
        WriteMessage(model, 3, normalizer =>
        {
            WriteBytes(normalizer, 1, "identity"u8);                      // name
            WriteNumber(normalizer, 3, 1);                                // add_dummy_prefix
            WriteNumber(normalizer, 4, 0);                                // remove_extra_whitespaces
            WriteNumber(normalizer, 5, 1);                                // escape_whitespaces
        });
        AtomicFile.Write(path, stream => model.WriteTo(stream));
    }

    private static void WritePiece(Stream model, string piece, float score, int type) =>
        WriteMessage(model, 1, message =>
        {
            WriteBytes(message, 1, Encoding.UTF8.GetBytes(piece));
            WriteScore(message, score);
            WriteNumber(message, 3, type);
        });

    private static void WriteMessage(Stream output, int field, Action<Stream> write)
    {
        using var message = new MemoryStream();
        write(message);
        WriteBytes(output, field, message.ToArray());
    }

    private static void WriteBytes(Stream output, int field, ReadOnlySpan<byte> value)
    {
        WriteVarint(output, (uint)((field << 3) | 2));
        WriteVarint(output, (uint)value.Length);
        output.Write(value);
    }

    private static void WriteNumber(Stream output, int field, int value)
    {
        WriteVarint(output, (uint)(field << 3));
        WriteVarint(output, (uint)value);
    }

    private static void WriteScore(Stream output, float score)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, score);
        WriteVarint(output, (2 << 3) | 5);
        output.Write(bytes);
    }

    private static void WriteVarint(Stream output, uint value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            output.WriteByte((byte)(value | 0x80));
        }

        output.WriteByte((byte)value);
    }
}
