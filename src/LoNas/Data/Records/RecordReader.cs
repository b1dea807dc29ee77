using System.Text.Json;
using LoNas.Text.Chat;

namespace LoNas.Data.Records;

/// <summary>Makes records of what lies in a file; one thread at a time.</summary>
internal sealed class RecordReader(RecordShape shape)
{
    private readonly RecordFields _fields = new(shape);
    private string? _problem;

    /// <summary>What is wrong with the latest record that is none.</summary>
    public string Problem => _problem ?? _fields.Problem;

    /// <summary>The record; null where there is a <see cref="Problem"/>.</summary>
    public DataRecord? Read(RawRecord found)
    {
        _problem = found.Problem ?? (found.Element.ValueKind == JsonValueKind.Object ? null
            : $"is {InstructionRecordReader.Name(found.Element)}; expected an object");
        if (_problem is not null)
        {
            return null;
        }

        _fields.Begin(found.Element);
        DataRecord record = shape.Format switch
        {
            RecordFormat.Messages or RecordFormat.ShareGpt => Conversation(),
            RecordFormat.Alpaca => Alpaca(),
            RecordFormat.PromptCompletion => Completion(),
            _ => new DocumentRecord(_fields.Text("text") ?? ""),
        };
        return _fields.IsSound ? record : null;
    }

    private ConversationRecord Conversation()
    {
        bool isShareGpt = shape.Format == RecordFormat.ShareGpt;
        var field = isShareGpt ? "conversations" : "messages";
        var expected = isShareGpt ? "a list of turns with from and value" : "a list of messages with role and content";
        _fields.Require(field, expected);
        var list = _fields.IsSound ? List(field, expected) : default;
        if (list.ValueKind != JsonValueKind.Array)
        {
            return new(new Conversation([]));
        }

        var messages = new List<ChatMessage>(list.GetArrayLength() + 1);
        messages.AddRange(MessageReader.Read(isShareGpt ? ShareGptTurns.ToMessages(list, _fields) : list, "message",
            _fields));
        if (_fields.Text("system", isNeeded: false, mayBeEmpty: true) is { Length: > 0 } system)
        {
            if (messages.FirstOrDefault()?.Role == ChatMessage.System)
            {
                _fields.Refuse($"'{shape.Key("system")}' and a message of the role system; expected one of them");
            }

            messages.Insert(0, new ChatMessage(ChatMessage.System, system));
        }

        RequireAnswer(messages, 0);
        return new(WithFields(messages));
    }

    private JsonElement List(string field, string expected)
    {
        var list = _fields.Nested(field, JsonValueKind.Array, expected);
        if (_fields.IsSound && (list.ValueKind == JsonValueKind.Undefined || list.GetArrayLength() == 0))
        {
            _fields.Refuse($"'{shape.Key(field)}' is empty; expected {expected}");
            return default;
        }

        return list;
    }

    /// <summary>The conversation with what stands beside its messages.</summary>
    private Conversation WithFields(IReadOnlyList<ChatMessage> messages)
    {
        var tools = _fields.Nested("tools", JsonValueKind.Array, "a list of tools");
        var functions = _fields.Nested("functions", JsonValueKind.Array, "a list of functions");
        var variables = _fields.Nested("chat_template_kwargs", JsonValueKind.Object, "an object");
        if (tools.ValueKind == JsonValueKind.Undefined && functions.ValueKind == JsonValueKind.Array)
        {
            tools = FunctionCalls.ToTools(functions);
        }

        if (tools.ValueKind == JsonValueKind.Array && tools.EnumerateArray().Any(
            tool => tool.ValueKind != JsonValueKind.Object))
        {
            _fields.Refuse($"'{shape.Key("tools")}' has an entry that is no object; expected a list of tools");
        }

        var conversation = new Conversation(messages)
        {
            Tools = tools.ValueKind == JsonValueKind.Array && tools.GetArrayLength() > 0 ? tools : null,
        };
        return variables.ValueKind != JsonValueKind.Object ? conversation : conversation with
        {
            Variables = variables.EnumerateObject().ToDictionary(member => member.Name, member => member.Value),
        };
    }

    private void RequireAnswer(IReadOnlyList<ChatMessage> messages, int from)
    {
        if (_fields.IsSound && !messages.Skip(from).Any(message => message.Role == ChatMessage.Assistant))
        {
            _fields.Refuse("no message of the assistant; expected one, which is what is learned");
        }
    }

    private AlpacaRecord Alpaca()
    {
        var input = _fields.Find("input");
        bool isEmptyCell = Storage.NonFiniteJson.NameOf(input) == "NaN"; // as pandas writes one
        return new(
            _fields.Text("instruction") ?? "",
            isEmptyCell ? "" : _fields.Text("input", isNeeded: false, mayBeEmpty: true) ?? "",
            _fields.Text("output") ?? "")
        {
            System = _fields.Text("system", isNeeded: false, mayBeEmpty: true) is { Length: > 0 } system
                ? system
                : null,
            History = History(),
        };
    }

    private (string Instruction, string Output)[] History()
    {
        const string Expected = "a list of pairs, each an instruction and its output";
        var history = _fields.Nested("history", JsonValueKind.Array, Expected);
        if (history.ValueKind != JsonValueKind.Array)
        {
            return [];
        }

        var pairs = new List<(string Instruction, string Output)>();
        foreach (var pair in history.EnumerateArray())
        {
            string?[] texts = pair.ValueKind == JsonValueKind.Array
                ? [.. pair.EnumerateArray().Select(InstructionRecordReader.TextOf)] : [];
            if (texts is not [{ } instruction, { } output] || string.IsNullOrWhiteSpace(output))
            {
                _fields.Refuse($"pair {pairs.Count + 1} of '{shape.Key("history")}' is none; expected {Expected}");
                break;
            }

            pairs.Add((instruction, output));
        }

        return [.. pairs];
    }

    private DataRecord Completion()
    {
        bool isChat = _fields.Find("prompt").ValueKind == JsonValueKind.Array;
        if (isChat != (_fields.Find("completion").ValueKind == JsonValueKind.Array)
            && _fields.Find("completion").ValueKind != JsonValueKind.Undefined)
        {
            _fields.Refuse($"one of '{shape.Key("prompt")}' and '{shape.Key("completion")}' is a list; expected two "
                + "texts, or two lists of messages");
            return new CompletionRecord("", "");
        }

        if (!isChat)
        {
            return new CompletionRecord(
                _fields.Text("prompt", mayBeEmpty: true) ?? "", _fields.Text("completion") ?? "");
        }

        const string Expected = "a list of messages with role and content";
        var (prompt, completion) = (List("prompt", Expected), List("completion", Expected));
        if (!_fields.IsSound)
        {
            return new CompletionRecord("", "");
        }

        ChatMessage[] given = [.. MessageReader.Read(prompt, $"message of '{shape.Key("prompt")}'", _fields)];
        ChatMessage[] all =
            [.. given, .. MessageReader.Read(completion, $"message of '{shape.Key("completion")}'", _fields)];
        RequireAnswer(all, given.Length);
        return new ConversationRecord(WithFields(all)) { FirstLearned = given.Length };
    }
}
