using Google.Protobuf;

namespace LoNas.Text.SentencePiece;

/// <summary>What a piece is for; the numbers are those of sentencepiece_model.proto.</summary>
internal enum SentencePieceType
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>One piece of a SentencePiece model file.</summary>
/// <param name="Name">The text of the piece, with ▁ for spaces.</param>
/// <param name="Score">Of two possible merges, the one with the higher score is made first.</param>
/// <param name="Type">What the piece is for.</param>
internal readonly record struct SentencePieceEntry(string Name, float Score, SentencePieceType Type);

/// <summary>
/// What Microsoft.ML.Tokenizers reads from a SentencePiece model but does not expose: the algorithm, and the score and
/// type of each piece. Field numbers are those of sentencepiece_model.proto.
/// </summary>
/// <param name="Entries">The pieces, in the order of their ids.</param>
/// <param name="IsBpe">
/// Whether the model uses byte-pair encoding; the other algorithms choose pieces differently.
/// </param>
internal sealed record SentencePieceFile(IReadOnlyList<SentencePieceEntry> Entries, bool IsBpe)
{
    private const int PiecesField = 1;
    private const int TrainerField = 2;
    private const int ModelTypeField = 3;
    private const int BpeModelType = 2;

    /// <exception cref="InvalidProtocolBufferException">The file is not a protobuf message.</exception>
    public static SentencePieceFile Parse(byte[] model)
    {
        var entries = new List<SentencePieceEntry>();
        bool isBpe = false;
        ForEachField(new CodedInputStream(model), (field, input) =>
        {
            switch (field)
            {
                case PiecesField:
                    entries.Add(ParseEntry(input.ReadBytes().CreateCodedInput()));
                    return true;
                case TrainerField:
                    isBpe = ParseIsBpe(input.ReadBytes().CreateCodedInput());
                    return true;
                default:
                    return false;
            }
        });
        return new SentencePieceFile(entries, isBpe);
    }

    private static SentencePieceEntry ParseEntry(CodedInputStream message)
    {
        var entry = new SentencePieceEntry("", 0, SentencePieceType.Normal);
        ForEachField(message, (field, input) =>
        {
            switch (field)
            {
                case 1:
                    entry = entry with { Name = input.ReadString() };
                    return true;
                case 2:
                    entry = entry with { Score = input.ReadFloat() };
                    return true;
                case 3:
                    entry = entry with { Type = (SentencePieceType)input.ReadEnum() };
                    return true;
                default:
                    return false;
            }
        });
        return entry;
    }

    private static bool ParseIsBpe(CodedInputStream message)
    {
        bool isBpe = false;
        ForEachField(message, (field, input) =>
        {
            if (field != ModelTypeField)
            {
                return false;
            }

            isBpe = input.ReadEnum() == BpeModelType;
            return true;
        });
        return isBpe;
    }

    // The delegate returns whether it read the field's value.
    private static void ForEachField(CodedInputStream input, Func<int, CodedInputStream, bool> read)
    {
        while (input.ReadTag() is var tag and not 0)
        {
            if (!read(WireFormat.GetTagFieldNumber(tag), input))
            {
                input.SkipLastField();
            }
        }
    }
}
