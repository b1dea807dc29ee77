using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Text.Chat;

namespace LoNas.Tests.Text.Chat;

/// <summary>Chat templates against Transformers 4.57, and where they are from.</summary>
public sealed class ChatTemplateTests : IDisposable
{
    private const string Macro =
        "{% macro m(x) %}a{% generation %}{{ x }}{% endgeneration %}b{% endmacro %}";

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<int, string> Rows { get; } = [.. ChatFixture.Cases.Select((recorded, i) => (
        i, $"{recorded.GetProperty("template")} {recorded.GetProperty("conversation")}"))];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Render_RecordedCase_GivesTheTextOrTheSameRefusal(int number, string name)
    {
        Assert.NotEmpty(name);
        var recorded = ChatFixture.Cases[number];
        var template = ChatFixture.Template(ChatFixture.TemplateText(recorded.GetProperty("template").GetString()!));
        RenderedChat Render() => template.Render(
            ChatFixture.Conversation(recorded), recorded.GetProperty("add_generation_prompt").GetBoolean(),
            ConversationFile.Variables(recorded.GetProperty("kwargs"), "recording"));

        if (recorded.TryGetProperty("error", out var error))
        {
            var message = Assert.Throws<InvalidDataException>(Render).Message;
            Assert.True(
                message == error.GetString() || (error.GetString()!.StartsWith("TypeError: ", StringComparison.Ordinal)
                    && message.EndsWith(error.GetString()![11..], StringComparison.Ordinal)), message);
            return;
        }

        var rendered = Render();
        Assert.Equal(recorded.GetProperty("rendered").GetString(), rendered.Text);
        int[][] spans = recorded.TryGetProperty("assistant_character_spans", out var list)
            ? [.. list.EnumerateArray().Select(span => span.EnumerateArray().Select(at => at.GetInt32()).ToArray())]
            : [];
        Assert.Equal(spans, [.. rendered.Answers.Select(
            answer => new[] { CodePoints(rendered.Text, answer.Start), CodePoints(rendered.Text, answer.End) })]);
    }

    [Fact]
    public void Load_ChatMl_WritesAsThePublishedOneAndMarksAnswers()
    {
        var published = ChatFixture.Template(ChatFixture.TemplateText("chatml"));
        var own = ChatTemplate.Load("chatml", null);
        string[] plain = ["one", "system", "trained", "empty", "braces", "think", "two-users"];

        Assert.True(own.MarksAnswers);
        Assert.All(plain, name => Assert.All([false, true], prompt =>
        {
            var conversation = ChatFixture.Conversation(name);
            var rendered = own.Render(conversation, prompt);
            Assert.Equal(published.Render(conversation, prompt).Text, rendered.Text);
            Assert.Equal(
                conversation.Messages.Where(message => message.Role == "assistant").Select(m => m.Text + "<|im_end|>"),
                rendered.Answers.Select(answer => rendered.Text[answer.Start..answer.End]));
        }));
    }

    [Theory]
    [InlineData(Macro + "<{{ m('1') }}{{ m('22') }}>", "1,22")]
    [InlineData(Macro + "<{{ 'q' + m('1') ~ m('2') }}>", "1,2")]
    [InlineData("{% set t %}{% generation %}xy{% endgeneration %}{% endset %}<{{ t }}{{ t }}>", "xy,xy")]
    [InlineData("{% generation %}😀{% endgeneration %}é{% generation %}z{% endgeneration %}", "😀,z")]
    public void Render_GenerationInsideOfOtherBlocks_IsFoundWhereItIsWritten(string template, string expected)
    {
        var rendered = ChatFixture.Template(template).Render(new Conversation([]));

        Assert.Equal(expected.Split(','), rendered.Answers.Select(a => rendered.Text[a.Start..a.End]));
    }

    [Fact]
    public void Find_SeveralPlaces_TakesTransformersOrder()
    {
        File.WriteAllText(_folder.Path("chat_template.json"), """{"chat_template": "processor"}""");
        Assert.Equal("processor", Found());

        File.WriteAllText(_folder.Path("tokenizer_config.json"), """
            {"chat_template": "config {{ bos_token }}", "bos_token": {"content": "<b>"}}
            """);
        Assert.Equal("config <b>", Found());

        File.WriteAllText(_folder.Path("chat_template.jinja"), "file {{ bos_token }}{{ eos_token is defined }}\n");
        Assert.Equal("file <b>False", Found());
        Assert.Equal("file [B]True", ChatTemplate.Find(_folder.Root)!.WithTokens("[B]", "[E]").Render(new([])).Text);
        Assert.Null(ChatTemplate.Find(SampleRun.Model));
    }

    [Fact]
    public void Find_NamedTemplates_TakesToolUseWhereThereAreTools()
    {
        File.WriteAllText(_folder.Path("tokenizer_config.json"), """
            {"chat_template": [{"name": "default", "template": "d"},
             {"name": "tool_use", "template": "t{{ tools[0].a }}"}]}
            """);
        var template = ChatTemplate.Find(_folder.Root)!;

        Assert.Equal("d", template.Render(new([])).Text);
        Assert.Equal("t5", template.Render(new([]) { Tools = JsonInput.Parse("""[{"a": 5}]""", "tools") }).Text);
    }

    [Theory]
    [InlineData("""{"chat_template": 5}""", "is neither a text nor a list of objects with 'name' and 'template'")]
    [InlineData(
        """{"chat_template": [{"name": "a", "template": "x"}, {"name": "b", "template": "y"}]}""",
        "none is called 'default'")]
    [InlineData("""{"chat_template": "{{ x"}""", "line 1, column 1: the tag that begins here has no end")]
    public void Find_WrongTemplate_SaysWhatIsWrong(string config, string expected)
    {
        File.WriteAllText(_folder.Path("tokenizer_config.json"), config);

        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => ChatTemplate.Find(_folder.Root)).Message);
    }

    [Fact]
    public void Render_ManyThreads_AllGetTheSame()
    {
        var template = ChatFixture.Template(ChatFixture.TemplateText("thinking"));
        var conversation = ChatFixture.Conversation("tools", hasTools: true);
        var expected = template.Render(conversation).Text;

        var texts = Enumerable.Range(0, 200).AsParallel().WithDegreeOfParallelism(4)
            .Select(_ => template.Render(conversation).Text).ToArray();

        Assert.All(texts, text => Assert.Equal(expected, text));
    }

    [Fact]
    public void Fingerprint_TextAndTokens_AreInIt()
    {
        var template = ChatFixture.Template("a");

        Assert.Equal(64, template.Fingerprint.Length);
        Assert.Equal(template.Fingerprint, ChatFixture.Template("a").Fingerprint);
        Assert.NotEqual(template.Fingerprint, ChatFixture.Template("b").Fingerprint);
        Assert.NotEqual(template.Fingerprint, template.WithTokens("[B]", null).Fingerprint);
    }

    [Fact]
    public void Render_VariableOfTheConversation_IsRefused() => Assert.Contains(
        "'messages' of a chat template is the conversation's own", ChatFixture.Refusal("a", """{"messages": []}"""));

    public void Dispose() => _folder.Dispose();

    private string Found() => ChatTemplate.Find(_folder.Root)!.Render(new([])).Text;

    private static int CodePoints(string text, int utf16) => text[..utf16].EnumerateRunes().Count();
}
