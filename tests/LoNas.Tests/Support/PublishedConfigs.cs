using LoNas.Models;
using LoNas.Storage;

namespace LoNas.Tests.Support;

/// <summary>The keys of config.json that determine sizes, for the models of the published runs.</summary>
internal static class PublishedConfigs
{
    public const string Llama7b = """
        {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32,
         "num_attention_heads": 32, "vocab_size": 32000}
        """;

    public const string Llama13b = """
        {"model_type": "llama", "hidden_size": 5120, "intermediate_size": 13824, "num_hidden_layers": 40,
         "num_attention_heads": 40, "vocab_size": 32000}
        """;

    public const string Bloomz7b = """
        {"model_type": "bloom", "n_embed": 4096, "n_layer": 30, "num_attention_heads": 32, "vocab_size": 250880}
        """;

    public const string BertBase = """
        {"model_type": "bert", "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
         "num_attention_heads": 12, "vocab_size": 30522, "max_position_embeddings": 512, "type_vocab_size": 2}
        """;

    public static LinearLayout Layout(string json) => LinearLayout.Read(JsonInput.Parse(json, "test"), "test");

    /// <summary>Writes the text to a new config.json and returns its path.</summary>
    public static string Save(string json)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("lonas-").FullName, "config.json");
        File.WriteAllText(path, json);
        return path;
    }
}
