using System.Text.Json;
using LoNas.Storage;
using LoNas.Text.Chat;

namespace LoNas.Data.Records;

/// <summary>Checks messages as OpenAI has them: what a template would drop or write wrongly is refused.</summary>
internal static class MessageReader
{
    private static readonly string[] Roles =
        ["system", "developer", "user", "assistant", "tool", "function", "ipython"];

    private static readonly string RoleList = $"{string.Join(", ", Roles[..^1])} or {Roles[^1]}";

    /// <summary>The messages of a list; what is wrong with them is noted.</summary>
    /// <param name="list">The list.</param>
    /// <param name="name">What its entries are called.</param>
    /// <param name="fields">Takes problems.</param>
    public static IEnumerable<ChatMessage> Read(JsonElement list, string name, RecordFields fields)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            yield break; // it is noted already
        }

        int number = 0;
        foreach (var turn in list.EnumerateArray())
        {
            number++;
            var problem = Problem(turn, out var isOfFunctions);
            if (problem is not null)
            {
                fields.Refuse($"{name} {number}: {problem}");
            }

            yield return new ChatMessage(problem is null ? Plain(turn, isOfFunctions) : turn);
        }
    }

    /// <summary>
    /// The message as every template can write it: parts of text are one text, which some templates drop or refuse.
    /// </summary>
    private static JsonElement Plain(JsonElement turn, bool isOfFunctions)
    {
        bool hasParts = turn.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array;
        bool hasCalls = turn.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array;
        if (!hasParts && !hasCalls && !isOfFunctions)
        {
            return turn;
        }

        var plain = FunctionCalls.ToToolCalls(turn);
        if (hasParts)
        {
            plain["content"] = new ChatMessage(turn).Text;
        }

        return JsonSerializer.SerializeToElement(plain);
    }

    /// <summary>What is wrong with a message; null where nothing is.</summary>
    private static string? Problem(JsonElement turn, out bool isOfFunctions)
    {
        isOfFunctions = false;
        if (turn.ValueKind != JsonValueKind.Object)
        {
            return $"is {InstructionRecordReader.Name(turn)}; expected an object with role and content";
        }

        JsonElement role = default, content = default, calls = default, call = default, weight = default;
        foreach (var member in turn.EnumerateObject())
        {
            if (member.NameEquals("role"u8))
            {
                role = member.Value;
            }
            else if (member.NameEquals("content"u8))
            {
                content = member.Value;
            }
            else if (member.NameEquals("tool_calls"u8))
            {
                calls = member.Value;
            }
            else if (member.NameEquals("function_call"u8))
            {
                call = member.Value;
            }
            else if (member.NameEquals("weight"u8))
            {
                weight = member.Value;
            }
        }

        bool isAssistant = role.ValueKind == JsonValueKind.String && role.ValueEquals("assistant"u8);
        bool hasCall = call.ValueKind == JsonValueKind.Object;
        isOfFunctions = hasCall || (role.ValueKind == JsonValueKind.String && role.ValueEquals("function"u8));
        bool hasCalls = hasCall || (calls.ValueKind == JsonValueKind.Array && calls.GetArrayLength() > 0);
        return RoleProblem(role, turn)
            ?? ContentProblem(content, isAssistant, hasCalls)
            ?? FunctionCalls.Problem(calls, call)
            ?? (isAssistant && weight.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null)
                && !(weight.ValueKind == JsonValueKind.Number && weight.TryGetDouble(out double one) && one == 1)
                ? $"'weight' is {Excerpt.Of(weight)}; expected 1 or none: every message of the assistant is learned"
                : null);
    }

    private static string? RoleProblem(JsonElement role, JsonElement turn) => role.ValueKind switch
    {
        JsonValueKind.String => Roles.Any(role.ValueEquals) ? null
            : $"the role is '{Excerpt.Of(role.GetString()!)}'; expected {RoleList}",
        JsonValueKind.Undefined => $"'role' is missing{Instead(turn)}; expected {RoleList}",
        _ => $"'role' is {InstructionRecordReader.Name(role)}; expected {RoleList}",
    };

    private static string Instead(JsonElement turn)
    {
        string[] keys = [.. turn.EnumerateObject().Select(member => member.Name)];
        return keys.Length == 0 ? "" : $" (it has {Excerpt.Of(keys)})";
    }

    private static string? ContentProblem(
        JsonElement content, bool isAssistant, bool hasCalls) => content.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null when hasCalls => null,
            JsonValueKind.Undefined => "'content' is missing; expected text",
            JsonValueKind.String when isAssistant && !hasCalls && string.IsNullOrWhiteSpace(content.GetString()) =>
                "the assistant's 'content' is empty; expected text, which is what is learned",
            JsonValueKind.String => null,
            JsonValueKind.Array => PartsProblem(content, isAssistant && !hasCalls),
            _ => $"'content' is {InstructionRecordReader.Name(content)}; expected text",
        };

    private static string? PartsProblem(JsonElement parts, bool needsText)
    {
        bool hasText = false;
        foreach (var part in parts.EnumerateArray())
        {
            bool isObject = part.ValueKind == JsonValueKind.Object;
            var type = isObject && part.TryGetProperty("type", out var kind) ? kind : default;
            if (!isObject || type.ValueKind != JsonValueKind.String)
            {
                return "a part of 'content' has no 'type'; expected parts such as {\"type\": \"text\", \"text\": ...}";
            }

            if (!type.ValueEquals("text"u8))
            {
                return $"a part of 'content' is of the type '{Excerpt.Of(type.GetString()!)}'; expected 'text': models "
                    + "that are trained here read text alone";
            }

            if (!part.TryGetProperty("text", out var text) || text.ValueKind != JsonValueKind.String)
            {
                return "a part of 'content' has no 'text'; expected text there";
            }

            hasText |= !string.IsNullOrWhiteSpace(text.GetString());
        }

        return hasText || !needsText ? null
            : "the assistant's 'content' is empty; expected text, which is what is learned";
    }
}
