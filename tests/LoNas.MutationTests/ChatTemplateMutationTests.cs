using LoNas.MutationTests.Mutations;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Text.Chat;

namespace LoNas.MutationTests;

/// <summary>Damaged templates with sound conversations, and damaged conversations with sound templates.</summary>
public sealed class ChatTemplateMutationTests : IDisposable
{
    /// <summary>What a template may take is bounded, and does not come from the length of its text.</summary>
    private const long MostMemory = 2L << 30;

    private readonly MutationFolder _folder = new();
    private readonly System.Text.Json.JsonElement _recorded =
        JsonInput.Load(Repository.Fixture("chat", "templates.json"), "recording");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Render_DamagedTemplate_RendersOrGivesOneClearError()
    {
        string[] texts = [.. _recorded.GetProperty("templates").EnumerateObject().Select(t => t.Value.GetString()!)];
        Conversation[] conversations = [.. _recorded.GetProperty("conversations").EnumerateObject()
            .Select(conversation => ConversationFile.Read(conversation.Value, "recording"))];
        new MutationRun("chat templates", MostMemory).Check(
        [
            new(_folder.File("template", "t.jinja"), new TemplateMutator(texts).Mutate, path =>
                ChatTemplate.Load(path, null).WithTokens("<s>", "</s>").Render(Chosen(conversations, path))),
        ]);
    }

    /// <summary>One of several, by the file alone, so that a case is the same when it is run again.</summary>
    private static T Chosen<T>(T[] all, string file) => all[new FileInfo(file).Length % all.Length];

    [Fact]
    public void Render_DamagedConversation_RendersOrGivesOneClearError()
    {
        ChatTemplate[] templates = [.. _recorded.GetProperty("templates").EnumerateObject().Select(entry =>
        {
            var file = _folder.File(entry.Name, "t.jinja");
            File.WriteAllText(file, entry.Value.GetString());
            return ChatTemplate.Load(file, null).WithTokens("<s>", "</s>");
        })];
        new MutationRun("conversations", MostMemory).Check(
        [
            .. _recorded.GetProperty("conversations").EnumerateObject().Select(entry => new Sample(
                _folder.File($"c-{entry.Name}", "c.json"), new JsonMutator(entry.Value.GetRawText()).Mutate,
                path => Chosen(templates, path).Render(ConversationFile.Load(path)))),
        ]);
    }
}
