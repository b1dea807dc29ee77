using LoNas.Data;
using LoNas.Data.Records;
using LoNas.Storage;

namespace LoNas.Cli.Evaluate;

/// <summary>Records that a model is judged by through its loss: <c>chat:FILE</c> and <c>text:FILE</c>.</summary>
/// <param name="Name">The word of <c>--tasks</c>.</param>
/// <param name="Path">The file.</param>
/// <param name="IsText">Whether the file holds documents.</param>
internal sealed record LossTask(string Name, string Path, bool IsText)
{
    private const string Chat = "chat:";

    private const string Text = "text:";

    /// <summary>What may be given, for messages.</summary>
    public const string Allowed = "chat:FILE and text:FILE for the loss of conversations and documents";

    /// <summary>Whether a word names such records.</summary>
    public static bool Is(string word) => Of(word) is not null;

    /// <summary>The task of a word; null where it is another kind.</summary>
    public static LossTask? Of(string word) =>
        word.StartsWith(Chat, StringComparison.Ordinal) && word.Length > Chat.Length
            ? new(word, word[Chat.Length..], IsText: false)
        : word.StartsWith(Text, StringComparison.Ordinal) && word.Length > Text.Length
            ? new(word, word[Text.Length..], IsText: true)
        : null;

    /// <summary>The records as tokens.</summary>
    /// <param name="encoder">Encodes them.</param>
    /// <param name="reading">How they are read.</param>
    /// <param name="stride">Tokens from one window of a document to the next.</param>
    /// <param name="most">Most records; null: all.</param>
    /// <exception cref="InvalidDataException">The file is missing or wrong.</exception>
    public (IReadOnlyList<TrainingExample> Examples, int Records) Load(
        RecordEncoder encoder, RecordOptions reading, int stride, int? most)
    {
        if (IsText && File.Exists(Path) && !RecordSet.IsFileName(Path))
        {
            // Any other file is one document.
            var text = reading.Encoding is { } encoding
                ? encoding.GetString(InputPath.Read(Path, "document", File.ReadAllBytes))
                : InputPath.ReadText(Path, "document");
            return ([.. encoder.Windows(text, stride)], 1);
        }

        var set = RecordSet.Open([Path], IsText ? reading with { Format = RecordFormat.Text } : reading);
        var records = most is { } first ? set.Read().Take(first) : set.Read();
        if (!IsText)
        {
            return RecordTraining.Encode(records, encoder);
        }

        DocumentRecord[] documents = [.. records.Cast<DocumentRecord>()];
        return ([.. documents.SelectMany(document => encoder.Windows(document.Text, stride))], documents.Length);
    }
}
