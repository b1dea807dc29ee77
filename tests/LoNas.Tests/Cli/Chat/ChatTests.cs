using System.Text;
using System.Text.Json;
using LoNas.Generation;
using LoNas.Tests.Support;
using LoNas.Text.Chat;

namespace LoNas.Tests.Cli.Chat;

/// <summary><c>chat</c> with what is piped into it.</summary>
public sealed class ChatTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string[] Line(params string[] flags) =>
    [
        "chat", "--model_name_or_path", SampleRun.Model, "--chat_template", "chatml", "--max_new_tokens", "12",
        "--threads", "1", "--device", "cpu", .. flags,
    ];

    [Fact]
    public void Chat_PipedLines_GiveTheAnswersAlone()
    {
        var run = Chat("How many toys?\n\n  \nAnd then?\r\n\u05e9\u05dc\u05d5\u05dd \ud83d\udc4d");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            string.Concat(Answers("How many toys?", "And then?", "\u05e9\u05dc\u05d5\u05dd \ud83d\udc4d")
                .Select(answer => $"{answer}\n")),
            run.Output);
        Assert.All(
            run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            note => Assert.Equal("(cut after 12 tokens; --max_new_tokens allows more)", note));
    }

    [Fact]
    public void Chat_NoInput_EndsWell() => Assert.Equal(new CliRun(0, "", ""), Chat(""));

    [Fact]
    public void Chat_LongLine_IsOneMessage()
    {
        var text = string.Concat(Enumerable.Repeat("toys and ", 40));

        var run = Chat($"{text}\n/save {_folder.Path("saved.json")}\n");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal([text, .. Texts(_folder.Path("saved.json")).Skip(1)], Texts(_folder.Path("saved.json")));
    }

    [Fact]
    public void Chat_Commands_ChangeTheConversation()
    {
        var saved = _folder.Path("saved.json");

        var run = Chat(
            $"/system Be brief.\nHow many toys?\n/reset\n//what\n/system\n/help\n/save {saved}\n/exit\nnot read\n",
            "--system", "Be kind.");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["system Be brief.", "user /what"], Roles(saved).Take(2));
        Assert.Equal(3, Roles(saved).Length);
        Assert.Contains("\nBe brief.\n", run.Error, StringComparison.Ordinal);
        Assert.Contains($"saved 3 messages to {saved}\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("/sub_adapter NAME|FILE", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Be brief.", run.Output, StringComparison.Ordinal);
    }

    /// <summary>A saved conversation without its last answer is answered in the same way.</summary>
    [Fact]
    public void Chat_SavedConversation_IsWhatGenerateAnswers()
    {
        var saved = _folder.Path("saved.json");
        var run = Chat($"How many toys?\nAnd then?\n/save {saved}\n");
        var messages = JsonDocument.Parse(File.ReadAllText(saved)).RootElement.GetProperty("messages")
            .EnumerateArray().SkipLast(1).ToArray();
        File.WriteAllText(_folder.Path("open.json"), JsonSerializer.Serialize(messages));

        var generated = CliRun.Of(
            "generate", "--model_name_or_path", SampleRun.Model, "--chat_template", "chatml", "--max_new_tokens", "12",
            "--threads", "1", "--device", "cpu", "--messages", _folder.Path("open.json"));

        Assert.Equal((0, ""), (generated.ExitCode, generated.Error));
        Assert.EndsWith(generated.Output, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Chat_SubAdapter_ChangesTheSizeInMidConversation()
    {
        using var chat = new TinyChat(Repository.Fixture("llama-tiny"));
        string[] line =
        [
            "chat", "--model_name_or_path", chat.Folder, "--lora_weights", TinyFamilies.AdapterFolder("llama"),
            "--nncf_config", Repository.Fixture("nncf_llama_tiny.json"), "--chat_template", "chatml",
            "--max_new_tokens", "8", "--threads", "1", "--device", "cpu",
        ];

        var run = Piped("a\n/sub_adapter minimal\nb\n/sub_adapter\n/sub_adapter none\nc\n", line);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(2, run.Error.Split('\n').Count(note => note.StartsWith("minimal: ", StringComparison.Ordinal)));
        Assert.Matches(@"minimal: [\d.,]+[kMG]? MACs for \d+ tokens \(\d+\.\d % of all\), [\d.]+ tokens/s", run.Error);
        Assert.Matches(@"none: [\d.,]+[kMG]? MACs for \d+ tokens \(100\.0 % of all\)", run.Error);
        using var model = ElasticModel.Open(new OpenOptions
        {
            Model = chat.Folder,
            Adapter = TinyFamilies.AdapterFolder("llama"),
            ConfigurationFile = Repository.Fixture("nncf_llama_tiny.json"),
            SubAdapter = new SubAdapterChoice(null),
            Device = "cpu",
        });
        Assert.Equal(
            Answers(model, 8, ("a", SubAdapterChoice.Heuristic), ("b", SubAdapterChoice.Minimal), ("c", null))
                .Select(answer => $"{answer}\n").Aggregate(string.Concat),
            run.Output);
    }

    [Theory]
    [InlineData("unknown command of a chat", "/rest")]
    [InlineData("unknown command of a chat", "/quit now")]
    [InlineData("sub-adapter that a chat does not know", "/sub_adapter tiny")]
    [InlineData("saving a chat", "/save")]
    public void Chat_LineThatCannotBe_EndsAPipe(string row, string line)
    {
        var run = Chat($"{line}\nHow many toys?\n");

        ErrorTable.Require(row, run.ExitCode, run.Error);
        Assert.Equal("", run.Output);
    }

    [Theory]
    [InlineData("/reset all", "/reset takes nothing behind it; found 'all'")]
    [InlineData("/sub_adapter minimal", "A sub-adapter needs the NNCF configuration")]
    [InlineData("/save .", "The output '.' is a folder")]
    public void Chat_CommandThatCannotBe_SaysWhy(string line, string expected)
    {
        var run = Chat($"{line}\n");

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"error: {expected}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Chat_Save_ReplacesNothing()
    {
        var path = _folder.Path("mine.json");
        File.WriteAllText(path, "mine");

        var run = Chat($"/save {path}\n");

        ErrorTable.Require("saving a chat", run.ExitCode, run.Error);
        Assert.Equal("mine", File.ReadAllText(path));
    }

    [Fact]
    public void Chat_BytesThatAreNoText_AreRefused()
    {
        var bytes = new MemoryStream([.. "caf"u8, 0xE9, .. " au lait\n"u8]);

        var run = CliRun.Piped(
            new StreamReader(
                bytes, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)),
            Line());

        ErrorTable.Require("piped text that is not UTF-8", run.ExitCode, run.Error);
    }

    /// <summary>What the template refuses ends a pipe, with what was answered before on standard output.</summary>
    [Fact]
    public void Chat_TemplateRefuses_EndsAPipe()
    {
        var template = _folder.Path("strict.jinja");
        File.WriteAllText(
            template,
            "{% for m in messages %}{% if m.content == 'bad' %}{{ raise_exception('No bad words') }}{% endif %}"
            + "{{ m.role }}: {{ m.content }}\n{% endfor %}");

        var run = Chat("good\nbad\ngood\n", "--chat_template", template);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("error: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("No bad words", run.Error, StringComparison.Ordinal);
        Assert.NotEqual("", run.Output);
    }

    /// <summary>
    /// The model's own sampling is taken and told, flags go before, and what is not followed is told.
    /// </summary>
    [Fact]
    public void Chat_GenerationConfiguration_IsTakenAndTold()
    {
        var model = SampleRun.CopyOfModel(_folder.Path("model"));
        File.WriteAllText(
            Path.Combine(model, "generation_config.json"),
            """
            {"do_sample": true, "temperature": 0.7, "top_k": 5, "max_new_tokens": 6, "repetition_penalty": 1.1}
            """);
        string[] line = ["chat", "--model_name_or_path", model, "--chat_template", "chatml", "--threads", "1"];

        var own = Piped("How many?\n", line);
        var flags = Piped("How many?\n", [.. line, "--top_k", "9", "--max_new_tokens", "4"]);
        var greedy = Piped("How many?\n", [.. line, "--do_sample", "False"]);

        Assert.All([own, flags, greedy], run => Assert.Equal(0, run.ExitCode));
        Assert.Contains(
            "from generation_config.json: do_sample True, temperature 0.7, top_k 5, max_new_tokens 6\n", own.Error,
            StringComparison.Ordinal);
        Assert.Contains(
            "warning: generation_config.json has repetition_penalty 1.1, which is not supported here", own.Error,
            StringComparison.Ordinal);
        Assert.Contains(
            "from generation_config.json: do_sample True, temperature 0.7\n", flags.Error, StringComparison.Ordinal);
        Assert.Contains("from generation_config.json: max_new_tokens 6\n", greedy.Error, StringComparison.Ordinal);
        Assert.Equal(own, Piped("How many?\n", line));
    }

    [Fact]
    public void Chat_SamplingWithoutDoSample_IsTold()
    {
        var model = SampleRun.CopyOfModel(_folder.Path("model"));
        File.WriteAllText(Path.Combine(model, "generation_config.json"), "{\"temperature\": 0.7}");

        var run = Piped("", ["chat", "--model_name_or_path", model, "--chat_template", "chatml"]);

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith(
            "warning: generation_config.json says how tokens are drawn and has no do_sample", run.Error,
            StringComparison.Ordinal);
        Assert.Equal(2, Piped("", Line("--temperature", "0.5")).ExitCode);
    }

    public void Dispose() => _folder.Dispose();

    private static CliRun Chat(string input, params string[] flags) =>
        Piped(input, flags is ["--chat_template", ..] ? [.. Line()[..3], .. Line()[5..], .. flags] : Line(flags));

    private static CliRun Piped(string input, string[] line) => CliRun.Piped(new StringReader(input), line);

    private static string[] Answers(params string[] said)
    {
        using var model = ElasticModel.Open(new OpenOptions { Model = SampleRun.Model, Device = "cpu" });
        return Answers(model, 12, [.. said.Select(text => (text, (string?)null))]);
    }

    private static string[] Answers(ElasticModel model, int tokens, params (string Text, string? SubAdapter)[] said)
    {
        using var session = new ChatSession(
            model, ChatSession.TemplateOf(model, "chatml"), new GenerationOptions { MaxNewTokens = tokens });
        return
        [
            .. said.Select(turn =>
            {
                model.Adapter.Activate(turn.SubAdapter is { } name
                    ? model.Choose(new SubAdapterChoice(name))!.SubAdapter
                    : null);
                return session.Say(turn.Text).Text;
            }),
        ];
    }

    private static IEnumerable<JsonElement> Messages(string path) => JsonDocument.Parse(File.ReadAllText(path))
        .RootElement.GetProperty("messages").EnumerateArray();

    private static string?[] Texts(string path) => [.. Messages(path).Select(m => new ChatMessage(m).Text)];

    private static string[] Roles(string path) =>
        [.. Messages(path).Select(m => $"{new ChatMessage(m).Role} {new ChatMessage(m).Text}")];
}
