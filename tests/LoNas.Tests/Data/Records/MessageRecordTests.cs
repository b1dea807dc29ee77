using System.Text.Json;
using LoNas.Data.Records;

namespace LoNas.Tests.Data.Records;

/// <summary>OpenAI's messages: what is taken, and what is refused with its line.</summary>
public sealed class MessageRecordTests : IDisposable
{
    private const string Sound =
        """{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""";

    private const string Roles = "system, developer, user, assistant, tool, function or ipython";

    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public void Read_Messages_KeepsThemAndWhatStandsBeside()
    {
        var record = _data.One<ConversationRecord>("""
            {"id": 7, "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u", "name": "Ada"},
            {"role": "assistant", "content": "a", "reasoning_content": "r"}], "tools": [{"type": "function"}],
            "chat_template_kwargs": {"enable_thinking": false}}
            """.ReplaceLineEndings(""));
        var conversation = record.Conversation;
        Assert.Equal(["system: s", "user: u", "assistant: a"], DataFolder.Turns(record));
        Assert.Equal("Ada", conversation.Messages[1].Key("name").GetString());
        Assert.Equal("r", conversation.Messages[2].Key("reasoning_content").GetString());
        Assert.Equal("""[{"type": "function"}]""", conversation.Tools!.Value.GetRawText());
        Assert.Equal(JsonValueKind.False, conversation.Variables["enable_thinking"].ValueKind);
        Assert.Equal(("line 1", 1, 0), (record.Place, record.Number, record.FirstLearned));
        Assert.EndsWith("one.jsonl", record.File);
    }

    [Fact]
    public void Open_Messages_SaysWhatTheyAre()
    {
        var set = RecordSet.Open([_data.Write("a.jsonl", Sound)]);
        Assert.Equal(RecordFormat.Messages, set.Format);
        Assert.Equal("conversations: 'messages' with role and content", set.Description);
        Assert.Equal(0, set.Count);
        Assert.Single(set.Read());
        Assert.Single(set.Read());
        Assert.Equal((1, 0), (set.Count, set.BadCount));
    }

    [Theory]
    [InlineData("""{"role": "user", "content": ""}""", "user: ")]
    [InlineData("""{"role": "user", "content": "u"}, {"role": "user", "content": "v"}""", "user: u", "user: v")]
    [InlineData("""{"role": "user", "content": "😀 שלום"}""", "user: 😀 שלום")]
    [InlineData("""{"role": "user", "content": "\ud83d\ude00"}""", "user: 😀")]
    [InlineData("""{"role": "user", "content": "a\r\nb"}""", "user: a\r\nb")]
    [InlineData("""{"role": "user", "content": "{\"a\": [1]}"}""", "user: {\"a\": [1]}")]
    [InlineData("""{"role": "user", "content": "[1, 2]"}""", "user: [1, 2]")]
    [InlineData(
        """{"role": "user", "content": [{"type": "text", "text": "p"}, {"type": "text", "text": "q"}]}""",
        "user: pq")]
    [InlineData("""{"role": "user", "content": []}""", "user: ")]
    [InlineData("""{"role": "user", "content": "<|im_end|>"}""", "user: <|im_end|>")]
    [InlineData("""{"role": "tool", "content": ""}""", "tool: ")]
    [InlineData("""{"role": "developer", "content": "d"}""", "developer: d")]
    [InlineData("""{"role": "ipython", "content": "i"}""", "ipython: i")]
    [InlineData("""{"role": "function", "name": "f", "content": "5"}""", "tool: 5")]
    public void Read_OddMessages_AreTakenAsTheyAre(string messages, params string[] turns)
    {
        var record = _data.One<ConversationRecord>(
            $$"""{"messages": [{{messages}}, {"role": "assistant", "content": "b"}]}""");
        Assert.Equal([.. turns, "assistant: b"], DataFolder.Turns(record));
    }

    [Theory]
    [InlineData("""{"content": "a"}""", $"message 1: 'role' is missing (it has content); expected {Roles}")]
    [InlineData("""{"role": "human", "content": "a"}""", $"message 1: the role is 'human'; expected {Roles}")]
    [InlineData("""{"role": "model", "content": "a"}""", $"message 1: the role is 'model'; expected {Roles}")]
    [InlineData("""{"role": "User", "content": "a"}""", $"message 1: the role is 'User'; expected {Roles}")]
    [InlineData("""{"role": 1, "content": "a"}""", $"message 1: 'role' is the number 1; expected {Roles}")]
    [InlineData("""{"role": "user", "content": 5}""", "message 1: 'content' is the number 5; expected text")]
    [InlineData("""{"role": "user", "content": NaN}""", "message 1: 'content' is the number NaN; expected text")]
    [InlineData("""{"role": "user", "content": true}""", "message 1: 'content' is true; expected text")]
    [InlineData("""{"role": "user", "content": null}""", "message 1: 'content' is null; expected text")]
    [InlineData("""{"role": "user", "content": {"a": 1}}""", "message 1: 'content' is an object; expected text")]
    [InlineData("""{"role": "user"}""", "message 1: 'content' is missing; expected text")]
    [InlineData("\"hello\"", "message 1: is text; expected an object with role and content")]
    [InlineData(
        """{"role": "assistant", "content": ""}""",
        "message 1: the assistant's 'content' is empty; expected text, which is what is learned")]
    [InlineData(
        """{"role": "assistant", "content": " \n"}""",
        "message 1: the assistant's 'content' is empty; expected text, which is what is learned")]
    [InlineData("""{"role": "assistant", "content": null}""", "message 1: 'content' is null; expected text")]
    [InlineData(
        """{"role": "assistant", "content": [{"type": "text", "text": ""}]}""",
        "message 1: the assistant's 'content' is empty; expected text, which is what is learned")]
    [InlineData(
        """{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}""",
        "message 1: a part of 'content' is of the type 'image_url'; expected 'text': models that are trained here "
        + "read text alone")]
    [InlineData(
        """{"role": "user", "content": ["a"]}""",
        "message 1: a part of 'content' has no 'type'; expected parts such as {\"type\": \"text\", \"text\": ...}")]
    [InlineData(
        """{"role": "user", "content": [{"type": "text", "text": 5}]}""",
        "message 1: a part of 'content' has no 'text'; expected text there")]
    [InlineData(
        """{"role": "assistant", "content": "a", "weight": 0}""",
        "message 1: 'weight' is 0; expected 1 or none: every message of the assistant is learned")]
    [InlineData(
        """{"role": "user", "content": "a", "role": "user"}""",
        "the key 'role' stands twice in one object; expected it once")]
    [InlineData(
        """{"role": "user", "content": "\ud83d"}""",
        "an escape that is no text, half of a surrogate pair such as \\ud83d; expected text")]
    public void Read_MessageThatIsNone_IsRefusedWithItsLine(string message, string expected) => Assert.Equal(
        expected,
        _data.Reason(Sound, $$"""{"messages": [{{message}}, {"role": "assistant", "content": "b"}]}"""));

    [Theory]
    [InlineData("""{"messages": []}""", "'messages' is empty; expected a list of messages with role and content")]
    [InlineData("""{"messages": null}""", "'messages' is empty; expected a list of messages with role and content")]
    [InlineData(
        """{"messages": {"role": "user"}}""",
        "'messages' is an object; expected a list of messages with role and content")]
    [InlineData("""{"messages": 5}""", "'messages' is the number 5; expected a list of messages with role and content")]
    [InlineData(
        """{"message": []}""", "'messages' is missing; expected a list of messages with role and content")]
    [InlineData(
        """{"messages": [{"role": "user", "content": "a"}]}""",
        "no message of the assistant; expected one, which is what is learned")]
    [InlineData("\"text\"", "is text; expected an object")]
    [InlineData("[1]", "is an array; expected an object")]
    [InlineData("{\"messages\": [", "no whole JSON object; expected one record on each line")]
    public void Read_RecordWithoutAConversation_IsRefusedWithItsLine(string line, string expected) =>
        Assert.Equal(expected, _data.Reason(Sound, line));

    [Theory]
    [InlineData("\"tools\": 5", "'tools' is the number 5; expected a list of tools")]
    [InlineData("\"tools\": \"[{\"", "'tools' is text with no whole JSON: it ends in the middle of a value; it is cut "
        + "off, write or get it again; expected a list of tools")]
    [InlineData("\"tools\": [\"f\"]", "'tools' has an entry that is no object; expected a list of tools")]
    [InlineData("\"chat_template_kwargs\": []", "'chat_template_kwargs' is an array; expected an object")]
    [InlineData("\"system\": 1.5, \"tools\": {}", "'tools' is an object; expected a list of tools")]
    public void Read_BesideTheMessages_IsRefusedWithItsLine(string beside, string expected) =>
        Assert.Equal(expected, _data.Reason(Sound, $"{Sound[..^1]}, {beside}}}"));

    [Fact]
    public void Read_SeveralProblems_AreAllNamed() => Assert.Equal(
        $"message 1: 'content' is the number 5; expected text; message 2: the role is 'bot'; expected {Roles}",
        _data.Reason(Sound, """{"messages": [{"role": "user", "content": 5}, {"role": "bot", "content": "a"}]}"""));

    [Fact]
    public void Read_AMebibyteOfText_IsTaken()
    {
        var text = string.Concat(Enumerable.Repeat("0123456789abcde\u00e9", 1 << 16));
        var record = _data.One<ConversationRecord>(
            $$"""{"messages": [{"role": "user", "content": "{{text}}"}, {"role": "assistant", "content": "b"}]}""");
        Assert.Equal(text, record.Conversation.Messages[0].Text);
    }

    [Fact]
    public void Read_SystemBesideTheMessages_IsTheFirstOfThem()
    {
        var record = _data.One<ConversationRecord>($"{Sound[..^1]}, \"system\": \"s\"}}");
        Assert.Equal(["system: s", "user: a", "assistant: b"], DataFolder.Turns(record));
        Assert.Equal(
            "'system' and a message of the role system; expected one of them",
            _data.Reason(Sound, """
                {"system": "s", "messages": [{"role": "system", "content": "t"}, {"role": "assistant", "content": "b"}]}
                """));
    }

    [Fact]
    public void Read_CallsOfTools_NeedNoContent()
    {
        var record = _data.One<ConversationRecord>("""
            {"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": null, "tool_calls":
            [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "1", "content": "5"}, {"role": "assistant", "content": "a"}]}
            """.ReplaceLineEndings(""));
        Assert.Equal(["user: u", "assistant: ", "tool: 5", "assistant: a"], DataFolder.Turns(record));
        Assert.Equal("f", record.Conversation.Messages[1].Key("tool_calls")[0].GetProperty("function")
            .GetProperty("name").GetString());
    }

    [Fact]
    public void Read_PartsAndArgumentsAsText_BecomeWhatEveryTemplateWrites()
    {
        var record = _data.One<ConversationRecord>("""
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "a "}, {"type": "text", "text": "b"}]},
            {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{\"x\": [1]}"}},
            {"function": {"name": "g", "arguments": "no JSON"}}]}]}
            """.ReplaceLineEndings(""));

        Assert.Equal("""{"role":"user","content":"a b"}""", record.Conversation.Messages[0].Value.GetRawText());
        Assert.Equal(
            """{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{"x":[1]}}},"""
            + """{"function":{"name":"g","arguments":"no JSON"}}]}""",
            record.Conversation.Messages[1].Value.GetRawText());
    }

    [Fact]
    public void Read_EarlierNamesOfCalls_BecomeThoseThatTemplatesKnow()
    {
        var record = _data.One<ConversationRecord>("""
            {"functions": [{"name": "f"}], "messages": [{"role": "user", "content": "u"},
            {"role": "assistant", "content": null, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "5"}]}
            """.ReplaceLineEndings(""));
        Assert.Equal(
            """[{"type":"function","function":{"name":"f"}}]""", record.Conversation.Tools!.Value.GetRawText());
        Assert.Equal(
            """{"role":"assistant","content":null,"tool_calls":"""
            + """[{"type":"function","function":{"name":"f","arguments":{}}}]}""",
            record.Conversation.Messages[1].Value.GetRawText());
        Assert.Equal(
            """{"role":"tool","name":"f","content":"5"}""", record.Conversation.Messages[2].Value.GetRawText());
    }

    [Theory]
    [InlineData("\"tool_calls\": [{}]", "message 1: 'tool_calls' has an entry without a function's name; expected a "
        + "list of calls, each with a function that has a name and arguments")]
    [InlineData("\"tool_calls\": \"f\"", "message 1: 'tool_calls' is text; expected a list of calls, each with a "
        + "function that has a name and arguments")]
    [InlineData("\"function_call\": {}", "message 1: 'function_call' has no name; expected an object with name and "
        + "arguments")]
    public void Read_CallsThatAreNone_AreRefused(string calls, string expected) => Assert.Equal(
        expected,
        _data.Reason(Sound, $$"""{"messages": [{"role": "assistant", "content": "b", {{calls}}}]}"""));
}
