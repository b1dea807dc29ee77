using System.Text.Json;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Text.Chat;

namespace LoNas.Tests.Text.Chat;

/// <summary>The recorded templates and conversations, and small things that tests of them share.</summary>
internal static class ChatFixture
{
    public static JsonElement Root { get; } = JsonInput.Load(Repository.Fixture("chat", "templates.json"), "recording");

    public static JsonElement[] Cases { get; } = [.. Root.GetProperty("cases").EnumerateArray()];

    public static string TemplateText(string name) => Root.GetProperty("templates").GetProperty(name).GetString()!;

    /// <summary>The conversation of a case.</summary>
    public static Conversation Conversation(JsonElement recorded) =>
        Conversation(recorded.GetProperty("conversation").GetString()!, recorded.GetProperty("tools").GetBoolean());

    public static Conversation Conversation(string name, bool hasTools = false) =>
        ConversationFile.Read(Root.GetProperty("conversations").GetProperty(name), "recording") with
        {
            Tools = hasTools ? Root.GetProperty("tools") : null,
        };

    /// <summary>A template from a text, as a file gives it.</summary>
    public static ChatTemplate Template(string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path("t.jinja"), text);
        return ChatTemplate.Load(folder.Path("t.jinja"), null).WithTokens("<s>", "</s>");
    }

    /// <summary>What a template makes of a conversation of one message, with further variables.</summary>
    public static string Render(string text, string variables = "{}", Conversation? conversation = null) =>
        Template(text).WithClock(FixedClock.Instance).Render(
            conversation ?? new Conversation([]), false,
            ConversationFile.Variables(JsonInput.Parse(variables, "variables"), "test")).Text;

    /// <summary>The message with which a template is refused, or refuses.</summary>
    public static string Refusal(string text, string variables = "{}") =>
        Assert.Throws<InvalidDataException>(() => Render(text, variables)).Message;

    private sealed class FixedClock : TimeProvider
    {
        public static FixedClock Instance { get; } = new();

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2024, 7, 6, 13, 5, 9, TimeSpan.Zero);
    }
}
