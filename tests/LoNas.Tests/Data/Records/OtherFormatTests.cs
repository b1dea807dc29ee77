using LoNas.Data.Records;

namespace LoNas.Tests.Data.Records;

/// <summary>ShareGPT, Alpaca, prompts with completions and documents: what is taken, and what is refused.</summary>
public sealed class OtherFormatTests : IDisposable
{
    private const string ShareGpt =
        """{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}""";
    private const string Alpaca = """{"instruction": "a", "output": "b"}""";
    private const string Completion = """{"prompt": "a", "completion": "b"}""";

    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData(ShareGpt, RecordFormat.ShareGpt, "conversations: 'conversations' with from and value")]
    [InlineData(Alpaca, RecordFormat.Alpaca, "instructions: 'instruction' and 'output'")]
    [InlineData(Completion, RecordFormat.PromptCompletion, "prompts: 'prompt' and 'completion'")]
    [InlineData("""{"text": "a"}""", RecordFormat.Text, "documents: 'text'")]
    [InlineData(
        """{"conversations": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""",
        RecordFormat.Messages, "conversations: 'conversations' with role and content")]
    [InlineData(
        """{"messages": [{"from": "user", "value": "a"}, {"from": "assistant", "value": "b"}]}""",
        RecordFormat.ShareGpt, "conversations: 'messages' with from and value")]
    public void Open_FirstRecord_TellsTheFormat(string line, RecordFormat format, string description)
    {
        var set = RecordSet.Open([_data.Write("a.jsonl", line)]);
        Assert.Equal((format, description), (set.Format!.Value, set.Description));
        Assert.Single(set.Read());
    }

    [Fact]
    public void Read_ShareGpt_BecomesMessages()
    {
        var record = _data.One<ConversationRecord>("""
            {"system": "s", "tools": "[{\"name\": \"f\"}]", "conversations": [{"from": "human", "value": "😀\r\nשלום"},
            {"from": "function_call", "value": "{\"name\": \"f\", \"arguments\": {\"x\": 1}}"},
            {"from": "observation", "value": "5"}, {"from": "gpt", "value": "b", "weight": 1}]}
            """.ReplaceLineEndings(""));
        Assert.Equal(
            ["system: s", "user: 😀\r\nשלום", "assistant: ", "tool: 5", "assistant: b"], DataFolder.Turns(record));
        Assert.Equal(
            """[{"type":"function","function":{"name":"f","arguments":{"x":1}}}]""",
            record.Conversation.Messages[2].Key("tool_calls").GetRawText());
        Assert.Equal("f", record.Conversation.Tools!.Value[0].GetProperty("name").GetString());
    }

    [Theory]
    [InlineData(
        """{"value": "a"}""",
        "message 1: 'from' is missing; expected system, human, user, gpt, assistant, chatgpt, tool, observation or "
        + "function_call")]
    [InlineData(
        """{"from": "bing", "value": "a"}""",
        "message 1: 'from' is 'bing'; expected system, human, user, gpt, assistant, chatgpt, tool, observation or "
        + "function_call")]
    [InlineData(
        """{"from": null, "value": "a"}""",
        "message 1: 'from' is null; expected system, human, user, gpt, assistant, chatgpt, tool, observation or "
        + "function_call")]
    [InlineData("""{"from": "human"}""", "message 1: 'value' is missing; expected text")]
    [InlineData("""{"from": "human", "value": 5}""", "message 1: 'value' is the number 5; expected text")]
    [InlineData("""{"from": "human", "value": null}""", "message 1: 'value' is null; expected text")]
    [InlineData(
        """{"from": "human", "value": "a", "value": "b"}""",
        "the key 'value' stands twice in one object; expected it once")]
    [InlineData(
        """{"from": "function_call", "value": "f(1)"}""",
        "message 1: a function_call is 'f(1)'; expected JSON with its name and arguments")]
    [InlineData(
        """{"from": "gpt", "value": ""}""",
        "message 1: the assistant's 'content' is empty; expected text, which is what is learned")]
    [InlineData(
        """{"from": "gpt", "value": "a", "weight": 0}""",
        "message 1: 'weight' is 0; expected 1 or none: every message of the assistant is learned")]
    [InlineData("7", "message 1: is the number 7; expected an object with from and value")]
    public void Read_TurnThatIsNone_IsRefusedWithItsLine(string turn, string expected) => Assert.Equal(
        expected, _data.Reason(ShareGpt, $$"""{"conversations": [{{turn}}, {"from": "gpt", "value": "b"}]}"""));

    [Theory]
    [InlineData("""{"conversations": []}""", "'conversations' is empty; expected a list of turns with from and value")]
    [InlineData("""{"other": 1}""", "'conversations' is missing; expected a list of turns with from and value")]
    [InlineData(
        """{"conversations": [{"from": "human", "value": "a"}, {"from": "human", "value": "c"}]}""",
        "no message of the assistant; expected one, which is what is learned")]
    public void Read_RecordWithoutTurns_IsRefusedWithItsLine(string line, string expected) =>
        Assert.Equal(expected, _data.Reason(ShareGpt, line));

    [Fact]
    public void Read_Alpaca_TakesNumbersAsTextAndEmptyInputs()
    {
        var record = _data.One<AlpacaRecord>("""
            {"instruction": "2 + 2", "input": NaN, "output": 4.0, "system": "s", "history": [["a", "b"], ["c", 5]]}
            """);
        Assert.Equal(("2 + 2", "", "4.0", "s"), (record.Instruction, record.Input, record.Output, record.System));
        Assert.Equal([("a", "b"), ("c", "5")], record.History);
    }

    [Theory]
    [InlineData("""{"output": "b"}""", "'instruction' is missing; expected text")]
    [InlineData("""{"instruction": "a"}""", "'output' is missing; expected text")]
    [InlineData("""{"instruction": "a", "output": null}""", "'output' is null; expected text")]
    [InlineData("""{"instruction": "a", "output": ""}""", "'output' is empty; expected text")]
    [InlineData("""{"instruction": " ", "output": "b"}""", "'instruction' is empty; expected text")]
    [InlineData("""{"instruction": ["a"], "output": "b"}""", "'instruction' is an array; expected text")]
    [InlineData("""{"instruction": "a", "output": "b", "input": {}}""", "'input' is an object; expected text")]
    [InlineData(
        """{"instruction": "a", "output": "b", "output": "c"}""",
        "the key 'output' stands twice in one object; expected it once")]
    [InlineData(
        """{"instruction": "a", "output": "b", "history": [["c"]]}""",
        "pair 1 of 'history' is none; expected a list of pairs, each an instruction and its output")]
    [InlineData(
        """{"instruction": "a", "output": "b", "history": "x"}""",
        "'history' is text; expected a list of pairs, each an instruction and its output")]
    public void Read_InstructionThatIsNone_IsRefusedWithItsLine(string line, string expected) =>
        Assert.Equal(expected, _data.Reason(Alpaca, line));

    [Theory]
    [InlineData("""{"prompt": "", "completion": "b"}""", "", "b")]
    [InlineData("""{"prompt": "a\r\n", "completion": 5}""", "a\r\n", "5")]
    [InlineData("""{"prompt": "[{\"role\": 1}]", "completion": "{}"}""", "[{\"role\": 1}]", "{}")]
    [InlineData("""{"prompt": "😀", "completion": " שלום"}""", "😀", " שלום")]
    public void Read_Completion_KeepsTextsAsTheyAre(string line, string prompt, string completion)
    {
        var record = _data.One<CompletionRecord>(line);
        Assert.Equal((prompt, completion), (record.Prompt, record.Completion));
    }

    [Fact]
    public void Read_CompletionOfMessages_LearnsThoseOfTheCompletion()
    {
        var record = _data.One<ConversationRecord>("""
            {"prompt": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
            "completion": [{"role": "assistant", "content": "c"}], "tools": [{"name": "f"}]}
            """.ReplaceLineEndings(""));
        Assert.Equal(["user: a", "assistant: b", "assistant: c"], DataFolder.Turns(record));
        Assert.Equal(2, record.FirstLearned);
        Assert.NotNull(record.Conversation.Tools);
    }

    [Theory]
    [InlineData("""{"prompt": "a"}""", "'completion' is missing; expected text")]
    [InlineData("""{"prompt": null, "completion": "b"}""", "'prompt' is null; expected text")]
    [InlineData("""{"prompt": "a", "completion": " "}""", "'completion' is empty; expected text")]
    [InlineData("""{"prompt": true, "completion": "b"}""", "'prompt' is true; expected text")]
    [InlineData(
        """{"prompt": [{"role": "user", "content": "a"}], "completion": "b"}""",
        "one of 'prompt' and 'completion' is a list; expected two texts, or two lists of messages")]
    [InlineData(
        """{"prompt": [], "completion": [{"role": "assistant", "content": "b"}]}""",
        "'prompt' is empty; expected a list of messages with role and content")]
    [InlineData(
        """{"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "user", "content": "b"}]}""",
        "no message of the assistant; expected one, which is what is learned")]
    [InlineData(
        """{"prompt": [{"role": "x", "content": "a"}], "completion": [{"role": "assistant", "content": "b"}]}""",
        "message of 'prompt' 1: the role is 'x'; expected system, developer, user, assistant, tool, function or "
        + "ipython")]
    public void Read_CompletionThatIsNone_IsRefusedWithItsLine(string line, string expected) =>
        Assert.Equal(expected, _data.Reason(Completion, line));

    [Fact]
    public void Read_Documents_KeepsTextAndRefusesNone()
    {
        Assert.Equal("a\n😀", _data.One<DocumentRecord>("""{"text": "a\n😀", "id": 1}""").Text);
        const string Sound = """{"text": "a"}""";
        Assert.Equal("'text' is empty; expected text", _data.Reason(Sound, """{"text": ""}"""));
        Assert.Equal("'text' is null; expected text", _data.Reason(Sound, """{"text": null}"""));
        Assert.Equal("'text' is missing; expected text", _data.Reason(Sound, """{"Text": "a"}"""));
        Assert.Equal("'text' is an array; expected text", _data.Reason(Sound, """{"text": []}"""));
    }

    [Fact]
    public void Read_NumberInAColumn_IsPythonsText() => Assert.Equal(
        "1e+16", _data.One<DocumentRecord>("""{"text": 1e16}""").Text);

    [Fact]
    public void Open_NamedColumns_AreTaken()
    {
        var columns = new Dictionary<string, string> { ["prompt"] = "question", ["completion"] = "answer" };
        var set = RecordSet.Open(
            [_data.Write("a.jsonl", """{"question": "a", "answer": "b", "text": "c"}""")], new() { Columns = columns });
        Assert.Equal("prompts: 'question' and 'answer'", set.Description);
        var record = Assert.IsType<CompletionRecord>(Assert.Single(set.Read()));
        Assert.Equal(("a", "b"), (record.Prompt, record.Completion));
    }

    [Fact]
    public void Open_NamedListOfTurns_IsTaken()
    {
        var columns = new Dictionary<string, string> { ["messages"] = "dialog" };
        var set = RecordSet.Open([_data.Write("a.jsonl", """
            {"dialog": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}], "text": "t"}
            """)], new() { Columns = columns });
        Assert.Equal("conversations: 'dialog' with from and value", set.Description);
        Assert.Equal(["user: a", "assistant: b"], DataFolder.Turns(set.Read().Single()));
    }

    [Fact]
    public void Open_SeveralFormatsInOneRecord_IsRefusedUnlessOneIsNamed()
    {
        const string Line = """{"instruction": "a", "output": "b", "text": "c"}""";
        Assert.Contains(
            "may be read in 2 ways: as instructions: 'instruction' and 'output', or as documents: 'text'; its first "
            + "record has the keys instruction, output, text; say which format or which columns are meant",
            _data.Refusal("a.jsonl", Line));
        Assert.Equal("c", _data.One<DocumentRecord>(Line, new() { Format = RecordFormat.Text }).Text);
        Assert.Equal("b", _data.One<AlpacaRecord>(Line, new() { Format = RecordFormat.Alpaca }).Output);
    }

    [Theory]
    [InlineData(
        """{"question": "a", "answer": "b"}""",
        "has the keys question, answer in its first record; expected 'messages', or 'conversations', or "
        + "'instruction' and 'output', or 'prompt' and 'completion', or 'text': name the columns, such as "
        + "prompt=question and completion=answer")]
    [InlineData("""{"instruction": "a", "response": "b"}""", "name the columns, such as output=response")]
    [InlineData("""{"prompt": "a", "chosen": "b", "rejected": "c"}""", "keep the prompt and the chosen one")]
    [InlineData("{}\n{}", "has no keys in its first record")]
    public void Open_UnknownKeys_AreRefusedWithAdvice(string line, string expected) =>
        Assert.Contains(expected, _data.Refusal("a.jsonl", line));

    [Fact]
    public void Open_OtherFormatThanNamed_IsRefused() => Assert.Contains(
        "has the keys text in its first record; expected 'prompt' and 'completion'",
        _data.Refusal("a.jsonl", """{"text": "a"}""", new() { Format = RecordFormat.PromptCompletion }));

    [Fact]
    public void Open_ColumnForNoField_IsRefused()
    {
        var path = _data.Write("a.jsonl", Alpaca);
        var error = Assert.Throws<ArgumentException>(() => RecordSet.Open(
            [path], new() { Columns = new Dictionary<string, string> { ["promt"] = "a" } }));
        Assert.StartsWith("A column is named for 'promt', which is no field; expected messages, tools,", error.Message);
    }
}
