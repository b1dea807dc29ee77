using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Storage;

namespace LoNas.Data.Records;

/// <summary>
/// Calls of tools. OpenAI's earlier names, <c>functions</c>, <c>function_call</c> and the role function, become
/// <c>tools</c>, <c>tool_calls</c> and the role tool, which templates know.
/// </summary>
internal static class FunctionCalls
{
    private const string Expected = "a list of calls, each with a function that has a name and arguments";

    /// <summary>What is wrong with the calls of a message; null where nothing is.</summary>
    /// <param name="calls">Its <c>tool_calls</c>.</param>
    /// <param name="call">Its <c>function_call</c>.</param>
    public static string? Problem(JsonElement calls, JsonElement call) => (calls.ValueKind, call.ValueKind) switch
    {
        (JsonValueKind.Undefined or JsonValueKind.Null, JsonValueKind.Undefined or JsonValueKind.Null) => null,
        (JsonValueKind.Array, JsonValueKind.Undefined or JsonValueKind.Null) => calls.EnumerateArray()
            .All(each => each.ValueKind == JsonValueKind.Object
                && HasName(each.TryGetProperty("function", out var function) ? function : each))
            ? null : $"'tool_calls' has an entry without a function's name; expected {Expected}",
        (JsonValueKind.Undefined or JsonValueKind.Null, JsonValueKind.Object) => HasName(call)
            ? null : "'function_call' has no name; expected an object with name and arguments",
        (_, JsonValueKind.Undefined or JsonValueKind.Null) =>
            $"'tool_calls' is {InstructionRecordReader.Name(calls)}; expected {Expected}",
        (JsonValueKind.Undefined or JsonValueKind.Null, _) => $"'function_call' is "
            + $"{InstructionRecordReader.Name(call)}; expected an object with name and arguments",
        _ => "both 'tool_calls' and 'function_call'; expected one of them",
    };

    /// <summary>
    /// A message with <c>tool_calls</c> for <c>function_call</c>, and the role tool for function. Arguments that are
    /// JSON text become what the text says: templates write them as JSON, and would quote a text again.
    /// </summary>
    public static JsonObject ToToolCalls(JsonElement message)
    {
        var changed = new JsonObject();
        foreach (var member in message.EnumerateObject())
        {
            if (member.NameEquals("function_call") && member.Value.ValueKind == JsonValueKind.Object)
            {
                changed["tool_calls"] = new JsonArray(WithArguments(Call(member.Value)));
            }
            else if (member.NameEquals("tool_calls") && member.Value.ValueKind == JsonValueKind.Array)
            {
                changed["tool_calls"] = new JsonArray(
                    [.. member.Value.EnumerateArray().Select(call => WithArguments(call.ToNode()!))]);
            }
            else if (!member.NameEquals("function_call") && !member.NameEquals("tool_calls"))
            {
                changed[member.Name] = member.NameEquals("role") && member.Value.ValueEquals("function")
                    ? "tool" : member.Value.ToNode();
            }
        }

        return changed;
    }

    private static JsonNode WithArguments(JsonNode call)
    {
        var function = call["function"] as JsonObject ?? call as JsonObject;
        if (function?["arguments"] is JsonValue text && text.TryGetValue(out string? json)
            && Parsed(json) is { } arguments)
        {
            function["arguments"] = arguments;
        }

        return call;
    }

    private static JsonObject? Parsed(string json)
    {
        try
        {
            return JsonNode.Parse(json) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The list of tools that a list of functions is.</summary>
    public static JsonElement ToTools(JsonElement functions) => JsonSerializer.SerializeToElement(
        new JsonArray([.. functions.EnumerateArray().Select(Call)]));

    /// <summary>A call, or a tool, of OpenAI's form around a function.</summary>
    public static JsonObject Call(JsonElement function) =>
        new() { ["type"] = "function", ["function"] = function.ToNode() };

    /// <summary>Whether a function has a name.</summary>
    public static bool HasName(JsonElement function) => function.ValueKind == JsonValueKind.Object
        && function.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String;
}
