using System.Text.Json;
using LoNas.Tests.Support;
using LoNas.Tests.Text.Chat;

namespace LoNas.Tests.Cli.Preview;

/// <summary>The command <c>preview</c> of a conversation: its text to the byte, and nothing else.</summary>
public sealed class PreviewTests : IDisposable
{
    private const string Messages =
        """[{"role": "user", "content": "Où? 😀\n"}, {"role": "assistant", "content": "Là."}]""";

    private readonly TemporaryFolder _folder = new();

    private string Conversation => File("c.json", Messages);

    /// <summary>Every recorded case, by the command line.</summary>
    [Fact]
    public void Preview_RecordedCases_AreToTheByte() => Assert.All(ChatFixture.Cases.Index(), entry =>
    {
        var (number, recorded) = entry;
        var conversation = ChatFixture.Root.GetProperty("conversations")
            .GetProperty(recorded.GetProperty("conversation").GetString()!).GetRawText();
        var tools = recorded.GetProperty("tools").GetBoolean()
            ? ChatFixture.Root.GetProperty("tools").GetRawText() : "null";
        string[] flags =
        [
            "--messages", File($"{number}.json", $"{{\"messages\": {conversation}, \"tools\": {tools}}}"),
            "--chat_template",
            File($"{number}.jinja", ChatFixture.TemplateText(recorded.GetProperty("template").GetString()!)),
            "--bos_token", "<s>", "--eos_token", "</s>",
            "--chat_template_kwargs", recorded.GetProperty("kwargs").GetRawText(),
            "--add_generation_prompt", recorded.GetProperty("add_generation_prompt").GetBoolean() ? "True" : "False",
        ];

        var run = CliRun.Of(["preview", .. flags]);

        if (recorded.TryGetProperty("rendered", out var text))
        {
            Assert.Equal((0, text.GetString(), ""), (run.ExitCode, run.Output, run.Error));
        }
        else
        {
            Assert.Equal((2, ""), (run.ExitCode, run.Output));
            Assert.Contains(recorded.GetProperty("error").GetString()!.Split("TypeError: ")[^1], run.Error);
        }
    });

    [Fact]
    public void Preview_Json_HasTheAnswers()
    {
        var run = CliRun.Of("preview", "--messages", Conversation, "--chat_template", "chatml", "--json");

        var json = JsonDocument.Parse(run.Output).RootElement;
        var text = json.GetProperty("text").GetString()!;
        int[] span = [.. json.GetProperty("answers")[0].EnumerateArray().Select(at => at.GetInt32())];
        Assert.Equal("Là.<|im_end|>", text[span[0]..span[1]]);
        Assert.Equal(1, json.GetProperty("answers").GetArrayLength());
    }

    [Fact]
    public void Preview_ModelFolder_TakesItsTemplateAndTokensWithoutWeights()
    {
        File("tokenizer_config.json", """
            {"bos_token": "<b>", "chat_template": "{{ bos_token }}{{ messages|length }}{{ x }}"}
            """);

        var run = CliRun.Of(
            "preview", "--messages", Conversation, "--model_name_or_path", _folder.Root, "--chat_template_kwargs",
            "{\"x\": [true, null]}");

        Assert.Equal((0, "<b>2[True, None]", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public void Preview_TwoProblems_ToldAtOnce()
    {
        var run = CliRun.Of("preview");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--dataset_path is missing", run.Error);
        Assert.Contains("--model_name_or_path is missing", run.Error);
    }

    public void Dispose() => _folder.Dispose();

    private string File(string name, string content)
    {
        System.IO.File.WriteAllText(_folder.Path(name), content);
        return _folder.Path(name);
    }
}
