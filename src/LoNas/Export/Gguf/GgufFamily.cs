using LoNas.Export.Extraction;
using LoNas.Models.Attention;
using LoNas.Models.Families;
using LoNas.Storage;

namespace LoNas.Export.Gguf;

/// <summary>What llama.cpp must be told of a model: its architecture and the sizes under that name.</summary>
/// <param name="Architecture">llama, deci or qwen2.</param>
/// <param name="Config">The model's configuration.</param>
/// <param name="Mlp">The width of each layer's MLP.</param>
/// <param name="Names">Transformers' names of all tensors.</param>
internal sealed record GgufFamily(
    string Architecture, LlamaConfig Config, IReadOnlyList<long> Mlp, IReadOnlyList<string> Names)
{
    /// <summary>Whether rotated rows must be reordered.</summary>
    public bool Interleaves => Architecture != "qwen2";

    /// <summary>Whether models of this type can be written as GGUF here.</summary>
    public static bool Knows(string modelType) => modelType is "llama" or "mistral" or "qwen2";

    /// <summary>The family of a model.</summary>
    /// <exception cref="InvalidDataException">llama.cpp has no architecture for it.</exception>
    public static GgufFamily Of(MaskedModel model)
    {
        var file = Path.Combine(model.Folder.Path, "config.json");
        var type = model.Folder.Config.ModelType;
        if (!Knows(type))
        {
            throw new InvalidDataException(
                $"A {type} can't be written as GGUF here; llama, mistral and qwen2 can. Extract it into a folder "
                + "instead, which LoNAS reads, and Transformers too where its layers are padded to one width");
        }

        var config = LlamaConfig.Read(JsonInput.Load(file, "model configuration"), $"model configuration '{file}'");
        var widths = CutWidths.Of(model);
        return new GgufFamily(
            // llama.cpp's llama has one width for all layers; its deci is the same model with a width for each.
            !widths.IsUniform ? "deci" : type == "qwen2" ? "qwen2" : "llama", config, widths.Mlp,
            [.. CutTensors.Base(model, model.Folder.CheckpointType, merge: true).Select(tensor => tensor.Name)]);
    }

    /// <summary>Adds the architecture's keys.</summary>
    public GgufMetadata Describe(GgufMetadata metadata)
    {
        metadata.Add("general.architecture", Architecture)
            .Add($"{Architecture}.context_length", ContextLength)
            .Add($"{Architecture}.embedding_length", Config.HiddenSize)
            .Add($"{Architecture}.block_count", (long)Config.LayerCount)
            .Add($"{Architecture}.attention.key_length", Config.HeadSize)
            .Add($"{Architecture}.attention.value_length", Config.HeadSize)
            .Add($"{Architecture}.attention.layer_norm_rms_epsilon", Config.RmsNormEpsilon)
            .Add($"{Architecture}.rope.dimension_count", Config.HeadSize)
            .Add($"{Architecture}.rope.freq_base", Config.RopeTheta)
            .Add($"{Architecture}.vocab_size", Config.VocabularySize);
        if (Config.RopeScaling is { Type: RopeScaling.Linear } scaling)
        {
            metadata.Add($"{Architecture}.rope.scaling.type", "linear")
                .Add($"{Architecture}.rope.scaling.factor", scaling.Factor);
        }

        return Architecture == "deci" ? DescribeLayers(metadata) : metadata
            .Add($"{Architecture}.feed_forward_length", Mlp[0])
            .Add($"{Architecture}.attention.head_count", Config.HeadCount)
            .Add($"{Architecture}.attention.head_count_kv", Config.KeyValueHeadCount);
    }

    /// <summary>
    /// Positions within which llama.cpp computes the same: it knows neither sliding windows here nor dynamic scaling.
    /// </summary>
    private long ContextLength => Math.Min(
        Config.SlidingWindow ?? long.MaxValue,
        Config.RopeScaling is { Type: RopeScaling.Dynamic } scaling ? scaling.OriginalPositions : Config.MaxPositions);

    private GgufMetadata DescribeLayers(GgufMetadata metadata) => metadata
        .Add($"{Architecture}.feed_forward_length", [.. Mlp.Select(width => (int)width)])
        .Add($"{Architecture}.attention.head_count", Repeat(Config.HeadCount))
        .Add($"{Architecture}.attention.head_count_kv", Repeat(Config.KeyValueHeadCount));

    private int[] Repeat(long value) => [.. Enumerable.Repeat((int)value, Config.LayerCount)];
}
