using System.Text.Json;
using LoNas.Errors;
using LoNas.Storage;

namespace LoNas.Data.Records;

/// <summary>What the records of a file hold, and the keys that hold it.</summary>
/// <param name="Format">The format.</param>
/// <param name="Columns">The keys of fields that are not in those of their own names.</param>
internal sealed record RecordShape(RecordFormat Format, IReadOnlyDictionary<string, string> Columns)
{
    /// <summary>So many records are looked at where the first ones hold nothing that is known.</summary>
    private const int LookedAt = 100;

    /// <summary>The names of a conversation's list of messages; the last two are ShareGPT's.</summary>
    private static readonly string[] ListNames = ["messages", "conversations", "conversation"];

    private static readonly Dictionary<string, string> NoColumns = [];

    /// <summary>The fields of each format; the first ones must be there.</summary>
    private static readonly (RecordFormat Format, string[] Needed, string[] Others, string What)[] Rows =
    [
        (RecordFormat.Messages, ["messages"], ["tools", "functions", "system", "chat_template_kwargs"],
            "conversations: {0} with role and content"),
        (RecordFormat.ShareGpt, ["conversations"], ["tools", "system", "chat_template_kwargs"],
            "conversations: {0} with from and value"),
        (RecordFormat.Alpaca, ["instruction", "output"], ["input", "history", "system"], "instructions: {0} and {1}"),
        (RecordFormat.PromptCompletion, ["prompt", "completion"], ["tools", "chat_template_kwargs"],
            "prompts: {0} and {1}"),
        (RecordFormat.Text, ["text"], [], "documents: {0}"),
    ];

    /// <summary>What the records hold, for people.</summary>
    public string Description => string.Format(
        null, Row.What, [.. Row.Needed.Select(name => $"'{Key(name)}'")]);

    /// <summary>Keys of which every record has one.</summary>
    public IReadOnlyCollection<string> Keys => [.. Row.Needed.Select(Key)];

    private (RecordFormat Format, string[] Needed, string[] Others, string What) Row =>
        Rows.First(row => row.Format == Format);

    /// <summary>The key that a field is in.</summary>
    public string Key(string field) => Columns.GetValueOrDefault(field, field);

    /// <summary>Checks the names of fields.</summary>
    /// <exception cref="ArgumentException">One is no field.</exception>
    public static void RequireFields(IReadOnlyDictionary<string, string>? columns)
    {
        var fields = Rows.SelectMany(row => row.Needed.Concat(row.Others)).Distinct().ToArray();
        if (columns?.Keys.FirstOrDefault(name => !fields.Contains(name)) is { } wrong)
        {
            throw new ArgumentException(
                $"A column is named for '{Excerpt.Of(wrong)}', which is no field; expected {string.Join(", ", fields)}")
                .About(Setting.DataColumns);
        }
    }

    /// <summary>Finds out what a file holds by its first records.</summary>
    /// <exception cref="InvalidDataException">It has none, or they hold what is not known or not clear.</exception>
    public static RecordShape Of(DataFile file, RecordOptions options)
    {
        var columns = options.Columns ?? NoColumns;
        string[] keys = [.. Rows.SelectMany(row => row.Needed).Concat(ListNames).Concat(columns.Values).Distinct()];
        var first = default(JsonElement);
        bool isEmpty = true;
        foreach (var found in file.Read(keys).Take(LookedAt))
        {
            isEmpty = false;
            var shapes = found.Element.ValueKind != JsonValueKind.Object ? []
                : Candidates(found.Element, columns)
                    .Where(shape => options.Format is null || shape.Format == options.Format).ToArray();
            if (shapes.Length > 0)
            {
                return shapes.Length == 1 ? shapes[0] : throw Unclear(file, found.Element, shapes);
            }

            first = first.ValueKind == JsonValueKind.Undefined ? found.Element : first;
        }

        return isEmpty ? throw new InvalidDataException(
                $"The data set '{file.Path}' has no records; expected at least one")
            : first.ValueKind == JsonValueKind.Object ? throw Unknown(file, first, options)
            : new RecordShape(options.Format ?? RecordFormat.Messages, columns); // every record is refused by itself
    }

    /// <summary>What a record may hold.</summary>
    private static IEnumerable<RecordShape> Candidates(
        JsonElement record, IReadOnlyDictionary<string, string> columns)
    {
        foreach (var name in ListNames)
        {
            // A list of messages goes by the keys of its turns, whatever it is called.
            var key = columns.GetValueOrDefault(name, name);
            if (record.TryGetProperty(key, out var list) && FormatOf(list, name) is { } format
                && Rows.First(row => row.Format == format) is var row
                && HasNamed(columns, [.. row.Others, .. ListNames]))
            {
                yield return new(format, new Dictionary<string, string>(columns) { [row.Needed[0]] = key });
            }
        }

        foreach (var (format, needed, others, _) in Rows)
        {
            if (format is not (RecordFormat.Messages or RecordFormat.ShareGpt)
                && needed.All(field => record.TryGetProperty(columns.GetValueOrDefault(field, field), out _))
                && HasNamed(columns, [.. needed, .. others]))
            {
                yield return new(format, columns);
            }
        }
    }

    /// <summary>Whether a format has every field that a column is named for.</summary>
    private static bool HasNamed(IReadOnlyDictionary<string, string> columns, string[] fields) =>
        columns.Keys.All(fields.Contains);

    private static RecordFormat? FormatOf(JsonElement list, string name)
    {
        var turns = RecordFields.Nested(list, out _);
        return turns.ValueKind != JsonValueKind.Array
                ? name == ListNames[0] || list.ValueKind == JsonValueKind.String ? null : RecordFormat.ShareGpt
            : turns.GetArrayLength() > 0 && turns[0].ValueKind == JsonValueKind.Object
                ? turns[0].TryGetProperty("from", out _) ? RecordFormat.ShareGpt
                    : turns[0].TryGetProperty("role", out _) || name == ListNames[0] ? RecordFormat.Messages
                    : RecordFormat.ShareGpt
            : name == ListNames[0] ? RecordFormat.Messages : RecordFormat.ShareGpt;
    }

    private static InvalidDataException Unclear(DataFile file, JsonElement record, RecordShape[] shapes) =>
        new InvalidDataException(
            $"The data set '{file.Path}' may be read in {shapes.Length} ways: as "
            + $"{string.Join(", or as ", shapes.Select(shape => shape.Description))}; its first record has "
            + $"{KeysOf(record)}; say which format or which columns are meant")
            .About(Setting.DataFormat, Setting.DataColumns);

    private static InvalidDataException Unknown(DataFile file, JsonElement record, RecordOptions options)
    {
        var expected = Rows.Where(row => options.Format is null || row.Format == options.Format)
            .Select(row => string.Join(" and ", row.Needed.Select(field =>
                $"'{(options.Columns ?? NoColumns).GetValueOrDefault(field, field)}'")));
        return new InvalidDataException(
            $"The data set '{file.Path}' has {KeysOf(record)} in its first record; expected "
            + $"{string.Join(", or ", expected)}: {ForeignKeys.Columns(record)}")
            .About(Setting.DataColumns);
    }

    private static string KeysOf(JsonElement record)
    {
        string[] keys = [.. record.EnumerateObject().Select(member => member.Name)];
        return keys.Length == 0 ? "no keys" : $"the keys {Excerpt.Of(keys)}";
    }
}
