using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
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
    /// <param name="flags">How they are read.</param>
    /// <param name="stride">Tokens from one window of a document to the next.</param>
    /// <param name="options">The command's.</param>
    /// <param name="console">Is told what is left out.</param>
    /// <exception cref="InvalidDataException">The file is missing or wrong.</exception>
    public (IReadOnlyList<TrainingExample> Examples, int Records) Load(
        RecordEncoder encoder, RecordFlags flags, int stride, EvaluateOptions options, ConsoleReporter console)
    {
        var reading = flags.Reading;
        if (IsText && File.Exists(Path) && !RecordSet.IsFileName(Path))
        {
            // Any other file is one document.
            var text = reading.Encoding is { } encoding
                ? encoding.GetString(InputPath.Read(Path, "document", File.ReadAllBytes))
                : InputPath.ReadText(Path, "document");
            return ([.. encoder.Windows(text, stride)], 1);
        }

        var set = RecordSet.Open([Path], IsText ? reading with { Format = RecordFormat.Text } : reading);
        if (!IsText)
        {
            DataOpening.RequireTemplate(set, encoder, options.Model.ModelNameOrPath);
        }

        var records = options.Limit is { } first ? set.Read().Take(first) : set.Read();
        if (!IsText)
        {
            var left = new List<string>();
            var encoded = RecordTraining.Encode(records, encoder, flags.SkipBadRecords ? left.Add : null);
            DataOpening.TellSkipped(set, left, console);
            return encoded;
        }

        DocumentRecord[] documents = [.. records.Cast<DocumentRecord>()];
        return ([.. documents.SelectMany(document => encoder.Windows(document.Text, stride))], documents.Length);
    }
}
