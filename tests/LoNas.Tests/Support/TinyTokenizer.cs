using Google.Protobuf;

namespace LoNas.Tests.Support;

/// <summary>
/// A folder with a handmade SentencePiece BPE model: ids 0 to 2 are unk, s and /s, then 256 bytes, then the given
/// pieces in order of falling score, as in a trained model.
/// </summary>
internal sealed class TinyTokenizer : IDisposable
{
    public const int FirstPieceId = 259;

    public TinyTokenizer(string[] pieces, int modelType = 2, int pieceType = 1)
    {
        Folder = Directory.CreateTempSubdirectory("lonas-").FullName;
        using var stream = File.Create(System.IO.Path.Combine(Folder, "tokenizer.model"));
        using var output = new CodedOutputStream(stream);
        WritePiece(output, "<unk>", 0, 2);
        WritePiece(output, "<s>", 0, 3);
        WritePiece(output, "</s>", 0, 3);
        for (int value = 0; value < 256; value++)
        {
            WritePiece(output, $"<0x{value:X2}>", 0, 6);
        }

        foreach (var (index, piece) in pieces.Index())
        {
            WritePiece(output, piece, -index, pieceType);
        }

        // trainer_spec: model_type, byte_fallback.
        WriteMessage(output, 2, message =>
        {
            WriteNumber(message, 3, modelType);
            WriteNumber(message, 35, 1);
        });
        // normalizer_spec: name, add_dummy_prefix, remove_extra_whitespaces, escape_whitespaces.
        WriteMessage(output, 3, message =>
        {
            message.WriteTag(1, WireFormat.WireType.LengthDelimited);
            message.WriteString("identity");
            WriteNumber(message, 3, 1);
            WriteNumber(message, 4, 0);
            WriteNumber(message, 5, 1);
        });
    }

    public string Folder { get; }

    public void Write(string name, string text) => File.WriteAllText(System.IO.Path.Combine(Folder, name), text);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static void WritePiece(CodedOutputStream output, string name, float score, int type) =>
        WriteMessage(output, 1, message =>
        {
            message.WriteTag(1, WireFormat.WireType.LengthDelimited);
            message.WriteString(name);
            message.WriteTag(2, WireFormat.WireType.Fixed32);
            message.WriteFloat(score);
            WriteNumber(message, 3, type);
        });

    private static void WriteNumber(CodedOutputStream output, int field, int value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt32(value);
    }

    private static void WriteMessage(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        using var buffer = new MemoryStream();
        using (var message = new CodedOutputStream(buffer, leaveOpen: true))
        {
            write(message);
        }

        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(buffer.ToArray()));
    }
}
