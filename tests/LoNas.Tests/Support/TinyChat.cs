using System.Text.Json.Nodes;
using LoNas.Generation;
using LoNas.Text.Chat;

namespace LoNas.Tests.Support;

/// <summary>A recorded tiny model with a tokenizer of letters, opened to talk with.</summary>
internal sealed class TinyChat : IDisposable
{
    private readonly TinyTokenizer _folder = new(
        [.. Enumerable.Range('a', 26).Concat(Enumerable.Range('A', 26)).Select(letter => ((char)letter).ToString()),
            "\u2581", ".", ",", ":", "-", "!", "?", "0", "1"]);

    /// <param name="source">The model's folder.</param>
    /// <param name="adapter">Its adapter's folder; null for none.</param>
    /// <param name="configuration">The search space; null for none.</param>
    /// <param name="change">Changes config.json.</param>
    public TinyChat(
        string source, string? adapter = null, string? configuration = null, Action<JsonObject>? change = null)
    {
        File.Copy(Path.Combine(source, "model.safetensors"), Path.Combine(Folder, "model.safetensors"));
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!.AsObject();
        change?.Invoke(config);
        _folder.Write("config.json", config.ToJsonString());
        Model = ElasticModel.Open(new OpenOptions
        {
            Model = Folder,
            Adapter = adapter,
            ConfigurationFile = configuration,
            Device = "cpu",
            ElementType = TorchSharp.torch.ScalarType.Float32,
        });
    }

    public ElasticModel Model { get; }

    public string Folder => _folder.Folder;

    /// <summary>Greedy, without an end.</summary>
    public static GenerationOptions Greedy(int tokens) => new() { MaxNewTokens = tokens };

    /// <summary>A template without special tokens or a text behind answers.</summary>
    public static string Render(Conversation conversation, bool begins) =>
        string.Concat(conversation.Messages.Select(message => $"{message.Role}:{message.Text}\n"))
        + (begins ? "assistant:" : "");

    /// <summary>A conversation with this model in that template.</summary>
    public ChatSession Session(GenerationOptions options) => new(Model, Render, options);

    /// <summary>What the whole conversation gives when it is run anew.</summary>
    public int[] Fresh(IEnumerable<ChatMessage> messages, GenerationOptions options)
    {
        var prompt = ChatPrompt.Of(Model, new Conversation([.. messages]), Render);
        options = options.EosIds.Count > 0 ? options : options with { EosIds = prompt.EosIds };
        return TextGenerator.Generate(Model.Causal, [.. prompt.Ids], options)[0].Ids[prompt.Ids.Count..];
    }

    public void Dispose()
    {
        Model.Dispose();
        _folder.Dispose();
    }
}
