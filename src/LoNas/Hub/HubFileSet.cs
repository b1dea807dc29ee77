using System.Text.Json;
using LoNas.Storage;
using LoNas.Weights;

namespace LoNas.Hub;

/// <summary>What to fetch from a repository of the hub.</summary>
public enum HubContent
{
    /// <summary>A model: configuration, tokenizer and weights.</summary>
    Model,

    /// <summary>A PEFT adapter: configuration and weights.</summary>
    Adapter,

    /// <summary>Only the config.json of a model.</summary>
    Configuration,

    /// <summary>A model without its weights: configuration, tokenizer and chat template.</summary>
    Tokenizer,
}

/// <summary>The files to fetch from a repository.</summary>
internal sealed record HubFileSet
{
    private static readonly string[] Tokenizers = ["tokenizer.model", "tokenizer.json", "vocab.txt"];

    private static readonly string[] Small =
    [
        "generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "chat_template.jinja", "chat_template.json", .. Tokenizers,
    ];

    /// <summary>The files that must exist, at least one; the first is asked for first.</summary>
    public required IReadOnlyList<string> Required { get; init; }

    /// <summary>Files that are fetched if they exist.</summary>
    public IReadOnlyList<string> Optional { get; init; } = [];

    /// <summary>Files of which at least one must exist; empty if none is needed.</summary>
    public IReadOnlyList<string> OneOf { get; init; } = [];

    /// <summary>
    /// Possible weight files; the first that exists is fetched. An index stands for the shards it names.
    /// </summary>
    public IReadOnlyList<string> Weights { get; init; } = [];

    public static HubFileSet Of(HubContent content) => content switch
    {
        HubContent.Model => new HubFileSet
        {
            Required = ["config.json"],
            Optional = Small,
            OneOf = Tokenizers,
            Weights =
            [
                "model.safetensors.index.json", "model.safetensors",
                "pytorch_model.bin.index.json", "pytorch_model.bin",
            ],
        },
        HubContent.Tokenizer => new HubFileSet { Required = ["config.json"], Optional = Small, OneOf = Tokenizers },
        HubContent.Adapter => new HubFileSet
        {
            Required = ["adapter_config.json"],
            Optional = ["lonas.json", "nncf_config.json", "channel_order.safetensors"],
            Weights = ["adapter_model.safetensors", "adapter_model.bin"],
        },
        _ => new HubFileSet { Required = ["config.json"] },
    };

    /// <summary>Whether a folder has all files that are needed.</summary>
    public bool IsCompleteIn(string folder) => MissingIn(folder) is null;

    /// <summary>Every file of the set that a folder may have, the shards of its indexes among them.</summary>
    public IEnumerable<string> NamesIn(string folder) => Required.Concat(Optional).Concat(OneOf)
        .Concat(Weights)
        .Concat(Weights.Where(file => IsIndex(file) && File.Exists(Path.Combine(folder, file)))
            .SelectMany(file => Shards(Path.Combine(folder, file))))
        .Distinct();

    /// <summary>What a folder lacks of the files that are needed; null where it has all.</summary>
    public string? MissingIn(string folder)
    {
        // A link whose blob was removed exists by name alone.
        bool Has(string file) => new FileInfo(Path.Combine(folder, file)) is { Exists: true } found
            && found.ResolveLinkTarget(returnFinalTarget: true) is null or { Exists: true };
        bool IsWhole(string file) => Has(file) && (!IsIndex(file) || Shards(Path.Combine(folder, file)).All(Has));
        return Required.FirstOrDefault(file => !Has(file)) is { } missing ? missing
            : OneOf.Count > 0 && !OneOf.Any(Has) ? string.Join(" or ", OneOf)
            : Weights.Count == 0 || Weights.Any(IsWhole) ? null
            : Weights.FirstOrDefault(file => IsIndex(file) && Has(file)) is { } index
                ? Shards(Path.Combine(folder, index)).First(shard => !Has(shard))
            : string.Join(" or ", Weights);
    }

    public static bool IsIndex(string file) => file.EndsWith(".index.json", StringComparison.Ordinal);

    /// <summary>The distinct shards that an index names.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is not an index, or a shard is not a plain file name.
    /// </exception>
    public static IReadOnlyList<string> Shards(string index)
    {
        var json = JsonInput.Load(index, "weight index").RequireObject($"weight index '{index}'");
        if (!json.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"The weight index '{index}' has no object 'weight_map'");
        }

        var names = map.EnumerateObject().Select(entry => entry.Value.ToString())
            .Distinct().Order(StringComparer.Ordinal).ToArray();
        return names.FirstOrDefault(name => !WeightIndex.IsFileName(name)) is { } wrong
            ? throw new InvalidDataException(
                $"The weight index '{index}' names the shard '{Excerpt.Of(wrong)}'; expected a file name")
            : names;
    }
}
