using System.Text.Json;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Text.Chat;

namespace LoNas.Tests.Text.Chat;

/// <summary>
/// Templates of published models, which stay beside the repository, against what another engine renders.
/// </summary>
public sealed class SharedChatTemplateTests
{
    /// <summary>Where that engine fails and Jinja2 renders, checked with Jinja2 3.1.6 itself.</summary>
    private static readonly Dictionary<string, string> RenderedByPython = new()
    {
        ["meetkai-functionary-medium-v3.1.jinja"] = "None and nothing select nothing: 'selectattr' of tools",
        ["unsloth-Apriel-1.5.jinja"] = "the length of what is undefined is 0",
    };

    public static TheoryData<string> Names { get; } = SharedNames();

    [Theory]
    [MemberData(nameof(Names))]
    public void Render_PublishedTemplate_IsAsRecorded(string name)
    {
        var recorded = JsonInput.Load(SharedData.Path("chat-templates", "goldens.json"), "recording");
        var template = ChatTemplate.Load(SharedData.Path("chat-templates", "templates", name), null)
            .WithTokens(recorded.GetProperty("bos_token").GetString(), recorded.GetProperty("eos_token").GetString());

        Assert.All(recorded.GetProperty("cases").EnumerateObject(), conversation => Assert.All([false, true], prompt =>
        {
            RenderedChat Render() => template.Render(ConversationFile.Read(conversation.Value, "recording"), prompt);
            var key = conversation.Name + (prompt ? "+prompt" : "");
            if (!recorded.GetProperty("rendered").GetProperty(name).TryGetProperty(key, out var expected))
            {
                Assert.NotEmpty(Render().Text); // with the date of the day
            }
            else if (expected.ValueKind == JsonValueKind.String)
            {
                Assert.Equal(expected.GetString(), Render().Text);
            }
            else if (RenderedByPython.ContainsKey(name))
            {
                Assert.NotEmpty(Render().Text);
            }
            else
            {
                Assert.NotEmpty(Assert.Throws<InvalidDataException>(Render).Message);
            }
        }));
    }

    private static TheoryData<string> SharedNames()
    {
        var folder = Path.Combine(SharedData.Root ?? "shared", "chat-templates", "templates");
        return Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)]
            : ["(none)"];
    }
}
