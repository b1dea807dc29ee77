using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Storage;

namespace LoNas.Data.Records;

/// <summary>Turns of ShareGPT as messages: who is <c>from</c> becomes the role, <c>value</c> the content.</summary>
internal static class ShareGptTurns
{
    /// <summary>The names as public tools and data sets have them; function_call is what the assistant calls.</summary>
    private static readonly Dictionary<string, string> Roles = new()
    {
        ["system"] = "system",
        ["human"] = "user",
        ["user"] = "user",
        ["gpt"] = "assistant",
        ["assistant"] = "assistant",
        ["chatgpt"] = "assistant",
        ["tool"] = "tool",
        ["observation"] = "tool",
        [Call] = "assistant",
    };

    private const string Call = "function_call";

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The messages; undefined where a turn is none, which is noted.</summary>
    public static JsonElement ToMessages(JsonElement turns, RecordFields fields)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Plain))
        {
            int number = 0;
            writer.WriteStartArray();
            foreach (var turn in turns.EnumerateArray())
            {
                number++;
                if (Write(writer, turn) is { } problem)
                {
                    fields.Refuse($"message {number}: {problem}");
                }
            }

            writer.WriteEndArray();
        }

        return fields.IsSound ? JsonElement.Parse(buffer.WrittenSpan) : default;
    }

    private static string? Write(Utf8JsonWriter writer, JsonElement turn)
    {
        if (turn.ValueKind != JsonValueKind.Object)
        {
            return $"is {InstructionRecordReader.Name(turn)}; expected an object with from and value";
        }

        if (!turn.TryGetProperty("from", out var from) || from.ValueKind != JsonValueKind.String
            || !Roles.TryGetValue(from.GetString()!, out var role))
        {
            var found = from.ValueKind switch
            {
                JsonValueKind.Undefined => "'from' is missing",
                JsonValueKind.String => $"'from' is '{Excerpt.Of(from.GetString()!)}'",
                _ => $"'from' is {InstructionRecordReader.Name(from)}",
            };
            return $"{found}; expected {string.Join(", ", Roles.Keys.SkipLast(1))} or {Call}";
        }

        if (!turn.TryGetProperty("value", out var value) || value.ValueKind != JsonValueKind.String)
        {
            return value.ValueKind == JsonValueKind.Undefined ? "'value' is missing; expected text"
                : $"'value' is {InstructionRecordReader.Name(value)}; expected text";
        }

        var calls = from.ValueEquals(Call) ? Calls(value) : null;
        if (calls is null && from.ValueEquals(Call))
        {
            return $"a function_call is '{Excerpt.Of(value.GetString()!)}'; expected JSON with its name and arguments";
        }

        writer.WriteStartObject();
        writer.WriteString("role", role);
        if (calls is null)
        {
            writer.WritePropertyName("content");
            value.WriteTo(writer);
        }
        else
        {
            writer.WriteString("content", "");
            writer.WritePropertyName("tool_calls");
            calls.WriteTo(writer);
        }

        foreach (var member in turn.EnumerateObject().Where(member => member.Name is not ("from" or "value" or "role"
            or "content") && (calls is null || member.Name != "tool_calls")))
        {
            member.WriteTo(writer);
        }

        writer.WriteEndObject();
        return null;
    }

    private static JsonArray? Calls(JsonElement value)
    {
        var found = RecordFields.Nested(value, out _);
        JsonElement[] functions = found.ValueKind == JsonValueKind.Array ? [.. found.EnumerateArray()] : [found];
        return functions.Length > 0 && functions.All(FunctionCalls.HasName)
            ? new JsonArray([.. functions.Select(FunctionCalls.Call)])
            : null;
    }
}
