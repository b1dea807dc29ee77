using System.Text.Json;
using System.Text.RegularExpressions;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using LoNas.Text;

namespace LoNas.Tests.FieldCases;

/// <summary>Chat templates in GGUF files and in extracted folders.</summary>
public sealed class ChatTemplateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Export_SharedModelWithATemplate_WritesIt()
    {
        var folder = SharedData.Path("field-cases", "gguf-chat-template");

        var (bytes, _) = Export(folder);

        Assert.Contains("tokenizer.chat_template", bytes);
        Assert.Contains("{% for m in messages %}{{ m['content'] }}{% endfor %}", bytes);
    }

    [Theory]
    [InlineData("tokenizer_config.json", "{\"chat_template\": \"{{A}}\"}", "tokenizer.chat_template", "{{A}}")]
    [InlineData("chat_template.jinja", "{{B}}", "tokenizer.chat_template", "{{B}}")]
    [InlineData("chat_template.json", "{\"chat_template\": \"{{C}}\"}", "tokenizer.chat_template", "{{C}}")]
    [InlineData(
        "tokenizer_config.json",
        "{\"chat_template\": [{\"name\": \"default\", \"template\": \"{{D}}\"},"
            + "{\"name\": \"tool-use\", \"template\": \"{{E}}\"}]}",
        "tokenizer.chat_template", "{{D}}", "tokenizer.chat_template.tool_use", "{{E}}", "tokenizer.chat_templates")]
    public void Export_TemplateOfAnyForm_IsWritten(string file, string content, params string[] written)
    {
        var model = SampleRun.CopyOfModel(_folder.Path("model"));
        File.WriteAllText(Path.Combine(model, file), content);

        var (bytes, error) = Export(model);

        Assert.All(written, text => Assert.Contains(text, bytes));
        Assert.Empty(error);
    }

    [Fact]
    public void Export_TemplatesInFiles_AreWrittenAndExtractCopiesThem()
    {
        var model = SampleRun.CopyOfModel(_folder.Path("model"));
        Directory.CreateDirectory(Path.Combine(model, "additional_chat_templates"));
        File.WriteAllText(Path.Combine(model, "chat_template.jinja"), "{{usual}}");
        File.WriteAllText(Path.Combine(model, "additional_chat_templates", "tool_use.jinja"), "{{tools}}");

        var extracted = CliRun.Of(
            "extract", "--model_name_or_path", model, "--dtype", "f32", "--output_dir", _folder.Path("small"));

        Assert.True(extracted.ExitCode == 0, extracted.Error);
        Assert.Equal("{{usual}}", File.ReadAllText(_folder.Path("small", "chat_template.jinja")));
        var (bytes, _) = Export(_folder.Path("small"));
        Assert.Contains("{{usual}}", bytes);
        Assert.Contains("tokenizer.chat_template.tool_use", bytes);
        Assert.Contains("{{tools}}", bytes);
    }

    [Theory]
    [InlineData("{\"chat_template\": 1}", "'chat_template' in '")]
    [InlineData("{\"chat_template\": [{\"name\": \"default\"}]}", "expected a text, or a list of objects")]
    [InlineData(
        "{\"chat_template\": [{\"name\": \"tool-use\", \"template\": \"a\"},"
        + "{\"name\": \"tool_use\", \"template\": \"b\"}]}",
        "would name 'tool_use', the second is 'tool_use'")]
    public void Export_TemplateThatIsNone_IsRefused(string content, string said)
    {
        var model = SampleRun.CopyOfModel(_folder.Path("model"));
        File.WriteAllText(Path.Combine(model, "tokenizer_config.json"), content);

        var run = CliRun.Of(
            "export", "--to", "gguf", "--model_name_or_path", model, "--output", _folder.Path("m.gguf"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(said, run.Error);
        Assert.False(File.Exists(_folder.Path("m.gguf")));
    }

    /// <summary>A merged or extracted model no longer tells what it was trained with.</summary>
    [Theory]
    [InlineData("{}")]
    [InlineData("{\"chat_template\": \"\"}")]
    public void Export_ModelWithoutATemplate_SaysHowToGiveTheTrainingPrompt(string configuration)
    {
        var model = SampleRun.CopyOfModel(_folder.Path("model"));
        File.WriteAllText(Path.Combine(model, "tokenizer_config.json"), configuration);

        var (bytes, error) = Export(model);

        Assert.DoesNotContain("chat_template", bytes);
        var path = Regex.Match(error, "--jinja --chat-template-file (/.*)\n").Groups[1].Value;
        Assert.Equal(
            File.ReadAllText(Path.Combine(Repository.Root, "samples", "instruction.jinja")),
            File.ReadAllText(path.Trim('\'')));
    }

    [Fact]
    public void InstructionTemplate_IsTheTrainingPrompt()
    {
        var template = File.ReadAllText(Path.Combine(Repository.Root, "samples", "instruction.jinja"));
        var prompt = Regex.Match(template, @"\{\{ (""[^}]*?"") \+ message\['content'\] \+ (""[^}]*?"") \}\}");

        Assert.Equal(
            PromptTemplate.Training("What is 12 + 7?", "", ""),
            JsonSerializer.Deserialize<string>(prompt.Groups[1].Value) + "What is 12 + 7?"
                + JsonSerializer.Deserialize<string>(prompt.Groups[2].Value));
    }

    private (string Bytes, string Error) Export(string model, params string[] flags)
    {
        var output = _folder.Path("m.gguf");
        var run = CliRun.Of(["export", "--to", "gguf", "--model_name_or_path", model, "--output", output, .. flags]);
        Assert.True(run.ExitCode == 0, run.Error);
        return (System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(output)), run.Error);
    }
}
