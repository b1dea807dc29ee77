using System.Buffers;
using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Data;

/// <summary>
/// A data set that is one JSON object: a record, an object with a list of records, records by their index, or columns
/// as datasets' to_dict and pandas' to_json write them. One that may be read in two ways is refused.
/// </summary>
internal static class SingleObject
{
    private static readonly string[] OwnKeys = ["instruction"];

    /// <summary>Keys of a chat, whose list of objects holds turns and not records.</summary>
    private static readonly string[] TurnKeys = ["role", "from"];

    /// <param name="root">The object.</param>
    /// <param name="origin">Names the file in errors.</param>
    /// <param name="keys">Keys of which every record has one; null: <c>instruction</c>.</param>
    /// <exception cref="InvalidDataException">It is in none of these layouts.</exception>
    public static IEnumerable<FoundRecord> Records(
        JsonElement root, string origin, IReadOnlyCollection<string>? keys = null)
    {
        keys ??= OwnKeys;
        var members = root.EnumerateObject().ToArray();
        var lists = members.Where(member => IsListOfRecords(member.Value)).ToArray();
        var value = members.FirstOrDefault(member => keys.Contains(member.Name)).Value;
        bool hasKey = value.ValueKind != JsonValueKind.Undefined;
        return IsTurns(value) ? [new(1, root)]
            : hasKey && members.All(member => IsColumn(member.Value, value.ValueKind))
                ? Columns(members, origin).EnumerateArray().Select(Item)
            : hasKey && value.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object) ? [new(1, root)]
            : members is [{ Value.ValueKind: JsonValueKind.Array } only] && only.Value.GetArrayLength() == 0 ? []
            : lists.Length == 1 && !hasKey ? lists[0].Value.EnumerateArray().Select(Item)
            : members.Length > 0 && members.All(member => keys.Any(key => Has(member.Value, key)))
                ? members.Select(member => Item(member.Value))
            : !hasKey && lists.Length == 0 && !members.All(member => IsNested(member.Value)) ? [new(1, root)]
            : !hasKey && members.Any(member => IsTurns(member.Value)) ? [new(1, root)]
            : throw Unclear(members, origin);
    }

    private static FoundRecord Item(JsonElement element) => new(0, element);

    private static bool IsNested(JsonElement value) => value.ValueKind is JsonValueKind.Array or JsonValueKind.Object;

    private static bool IsColumn(JsonElement value, JsonValueKind kind) => IsNested(value) && value.ValueKind == kind;

    private static bool IsListOfRecords(JsonElement value) => value.ValueKind == JsonValueKind.Array
        && value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Object && !IsTurns(value);

    private static bool IsTurns(JsonElement value) => value.ValueKind == JsonValueKind.Array
        && value.GetArrayLength() > 0 && TurnKeys.Any(key => Has(value[0], key));

    private static bool Has(JsonElement value, string key) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(key, out _);

    /// <summary>The records that lie across columns.</summary>
    private static JsonElement Columns(JsonProperty[] columns, string origin)
    {
        var names = columns.Select(column => Index(column.Value)).ToArray();
        if (names.Any(index => !index.SequenceEqual(names[0])))
        {
            var lengths = columns.Select((column, i) => $"{column.Name} {names[i].Length}").ToArray();
            throw new InvalidDataException(
                $"The {origin} is one JSON object of columns that do not belong together (values of each: "
                + $"{Excerpt.Of(lengths)}); expected as many in each, of the same index");
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            var values = columns.Select(column => Values(column.Value).GetEnumerator()).ToArray();
            writer.WriteStartArray();
            for (int row = 0; row < names[0].Length; row++)
            {
                writer.WriteStartObject();
                foreach (var (column, cells) in columns.Zip(values))
                {
                    cells.MoveNext();
                    writer.WritePropertyName(column.Name);
                    cells.Current.WriteTo(writer);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        return JsonInput.Parse(buffer.WrittenMemory, origin);
    }

    private static string[] Index(JsonElement column) => column.ValueKind == JsonValueKind.Array
        ? new string[column.GetArrayLength()]
        : [.. column.EnumerateObject().Select(cell => cell.Name)];

    private static IEnumerable<JsonElement> Values(JsonElement column) => column.ValueKind == JsonValueKind.Array
        ? column.EnumerateArray()
        : column.EnumerateObject().Select(cell => cell.Value);

    private static InvalidDataException Unclear(JsonProperty[] members, string origin)
    {
        string[] keys = [.. members.Select(member => member.Name)];
        var has = keys.Length == 0 ? "no keys" : $"the keys {Excerpt.Of(keys)}";
        return new(
            $"The {origin} is one JSON object with {has}; expected an array of records, or one record a line");
    }
}
