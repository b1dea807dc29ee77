using System.Text.Json;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Tests.Text.Chat;
using LoNas.Text.Chat;

namespace LoNas.Tests.Text.Jinja;

/// <summary>
/// Small templates against what Jinja2 3.1.6 makes of them in Transformers' environment (jinja_golden.py): expressions,
/// filters, tests, methods, white space, scopes, macros and loops, and what it refuses.
/// </summary>
public sealed class JinjaGoldenTests
{
    private static readonly JsonElement Recorded = JsonInput.Load(
        Path.Combine(Repository.Root, "tests", "LoNas.Tests", "Text", "Jinja", "jinja_golden.json"), "recording");

    private static readonly JsonElement[] Cases = [.. Recorded.GetProperty("cases").EnumerateArray()];

    public static TheoryData<int, string> Rows { get; } =
        [.. Cases.Select((recorded, i) => (i, recorded.GetProperty("template").GetString()!))];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Render_RecordedTemplate_IsAsJinja(int number, string template)
    {
        var variables = Recorded.GetProperty("variables");
        var conversation = ConversationFile.Read(variables, "recording");
        var others = string.Join(',', variables.EnumerateObject().Where(entry => entry.Name != "messages")
            .Select(entry => $"{JsonSerializer.Serialize(entry.Name)}: {entry.Value.GetRawText()}"));
        string Render() => ChatFixture.Render(template, $"{{{others}}}", conversation);

        if (Cases[number].TryGetProperty("text", out var text))
        {
            Assert.Equal(text.GetString(), Render());
        }
        else
        {
            Assert.NotEmpty(Assert.Throws<InvalidDataException>(Render).Message);
        }
    }
}
