using System.Text.Json;
using LoNas.Generation;
using LoNas.Tests.Support;
using LoNas.Text.Chat;

namespace LoNas.Tests.Cli.Generate;

/// <summary><c>generate</c> of messages.</summary>
public sealed class GenerateChatTests : IDisposable
{
    private const string Question = "How many toys are left?";

    private readonly TemporaryFolder _folder = new();

    private static string[] Line(params string[] flags) =>
    [
        "generate", "--model_name_or_path", SampleRun.Model, "--chat_template", "chatml", "--max_new_tokens", "12",
        "--threads", "1", "--device", "cpu", .. flags,
    ];

    [Fact]
    public void Generate_Chat_IsTheTemplatesPromptAnswered()
    {
        var run = CliRun.Of(Line("--chat", "--prompt", Question));
        int[] ids = Fresh(new ChatMessage(ChatMessage.User, Question));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        using var json = JsonDocument.Parse(CliRun.Of(Line("--chat", "--prompt", Question, "--json")).Output);
        Assert.Equal(ids, Ids(json.RootElement));
        Assert.Equal($"{json.RootElement.GetProperty("texts")[0].GetString()}\n", run.Output);
        Assert.Equal(["sequences", "scores", "texts"], json.RootElement.EnumerateObject().Select(entry => entry.Name));
    }

    [Theory]
    [InlineData("[{0}]")]
    [InlineData("{{\"messages\": [{0}]}}")]
    [InlineData("{{\"messages\": [{0}], \"tools\": null, \"id\": 7}}")]
    public void Generate_Messages_AreAnswered(string layout)
    {
        var path = _folder.Path("chat.json");
        const string Messages = """
            {"role": "system", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "Hi"}]}
            """;
        File.WriteAllText(path, string.Format(System.Globalization.CultureInfo.InvariantCulture, layout,
            Messages.Replace("[{\"type\": \"text\", \"text\": \"Hi\"}]", "\"Hi\"", StringComparison.Ordinal)));

        var run = CliRun.Of(Line("--messages", path, "--json"));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(
            Fresh(new ChatMessage(ChatMessage.System, "Be brief."), new ChatMessage(ChatMessage.User, "Hi")),
            Ids(json.RootElement));
    }

    [Fact]
    public void Generate_ChatWithBeamsAndSamples_GivesAsMany()
    {
        var beams = CliRun.Of(Line(
            "--chat", "--prompt", Question, "--json", "--num_beams", "3", "--num_return_sequences", "2"));
        var samples = CliRun.Of(Line(
            "--chat", "--prompt", Question, "--do_sample", "--num_return_sequences", "3", "--seed", "3"));

        using var json = JsonDocument.Parse(beams.Output);
        Assert.Equal(2, json.RootElement.GetProperty("texts").GetArrayLength());
        Assert.Equal((0, 0), (beams.ExitCode, samples.ExitCode));
        Assert.NotEqual("", samples.Output);
    }

    [Theory]
    [InlineData("--chat", "--prompt", "a", "--input", "b")]
    [InlineData("--chat", "--input_ids", "5")]
    [InlineData("--messages", "x.json", "--raw")]
    [InlineData("--messages", "x.json", "--prompt", "a")]
    [InlineData("--messages", "x.json", "--chat")]
    [InlineData("--chat")]
    [InlineData("--messages", "nothere.json")]
    public void Generate_WhatExcludesItself_IsRefused(params string[] flags)
    {
        var run = CliRun.Of(Line(flags));

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Matches(
            "--raw, --input and --input_ids have no place beside --(chat|messages)|exclude each other"
            + "|--chat makes a message of --prompt|--prompt is missing|'nothere.json' does not exist", run.Error);
    }

    [Fact]
    public void Generate_ChatWithoutAPrompt_SaysSo() => Assert.Contains(
        "--prompt is missing", CliRun.Of(Line("--chat")).Error, StringComparison.Ordinal);

    /// <summary>Without a chat the model's own sampling stays out of it, as it always did.</summary>
    [Fact]
    public void Generate_NoChat_TakesNothingOfTheModelsFile()
    {
        var model = SampleRun.CopyOfModel(_folder.Path("model"));
        File.WriteAllText(
            Path.Combine(model, "generation_config.json"),
            "{\"do_sample\": true, \"max_new_tokens\": 3, \"eos_token_id\": 2}");
        string[] rest = ["--prompt", Question, "--max_new_tokens", "8", "--threads", "1"];

        var plain = CliRun.Of(["generate", "--model_name_or_path", model, .. rest]);
        var chat = CliRun.Of(
            ["generate", "--model_name_or_path", model, "--chat", "--chat_template", "chatml", .. rest[..2]]);

        Assert.Equal(CliRun.Of(["generate", "--model_name_or_path", SampleRun.Model, .. rest]), plain);
        Assert.Equal("from generation_config.json: do_sample True, max_new_tokens 3\n", chat.Error);
    }

    public void Dispose() => _folder.Dispose();

    private static int[] Ids(JsonElement json) =>
        [.. json.GetProperty("sequences")[0].EnumerateArray().Select(id => id.GetInt32())];

    private static int[] Fresh(params ChatMessage[] messages)
    {
        using var model = ElasticModel.Open(new OpenOptions { Model = SampleRun.Model, Device = "cpu" });
        var prompt = ChatPrompt.Of(model, ChatSession.TemplateOf(model, "chatml"), new Conversation(messages));
        return TextGenerator.Generate(
            model.Causal, [.. prompt.Ids], new GenerationOptions { MaxNewTokens = 12, EosIds = prompt.EosIds })[0].Ids;
    }
}
