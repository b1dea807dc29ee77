using LoNas.Models.Attention;

namespace LoNas.Models.Families;

/// <summary>
/// What Transformers takes where a family's config.json lacks a key. Saved files leave out what equals it.
/// </summary>
internal sealed record DecoderDefaults
{
    /// <summary>Whether the head is tied to the embedding.</summary>
    public bool Ties { get; init; }

    /// <summary>
    /// Sizes, which a family's own file says and the file of a larger model around it may leave out; null where it must
    /// say them.
    /// </summary>
    public (long Hidden, long Inner, long Layers, long Heads, long Vocabulary)? Sizes { get; init; }

    /// <summary>D; null for the hidden size over the heads.</summary>
    public long? HeadSize { get; init; }

    /// <summary>Key and value heads; null for as many as query heads.</summary>
    public long? KeyValueHeads { get; init; }

    /// <summary>Positions the model was trained for.</summary>
    public long Positions { get; init; } = 2048;

    /// <summary>Positions of the pre-training, where longrope needs them; null for <see cref="Positions"/>.</summary>
    public long? OriginalPositions { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>Added to the mean square before its root.</summary>
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>The part of a head that is rotated; null where a family always rotates all of it.</summary>
    public double? RotaryPart { get; init; }
}

/// <summary>
/// What config.json says of every decoder with a gated MLP and grouped attention, whatever its family. Sizes in
/// elements.
/// </summary>
internal sealed record DecoderSizes
{
    /// <summary>What all families have; the MLP's width is the largest where layers differ.</summary>
    public required ModelConfig Model { get; init; }

    /// <summary>Widths of the MLP by layer, as an extracted model has them; null where all are alike.</summary>
    public IReadOnlyList<long>? IntermediateSizes { get; init; }

    /// <summary>Key and value heads; query heads share them in equal groups.</summary>
    public required long KeyValueHeads { get; init; }

    /// <summary>Added to the mean square before its root.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public required double RopeTheta { get; init; }

    /// <summary>
    /// How rotary positions are stretched past those of the pre-training; null leaves them as they are.
    /// </summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>Features of a head that are rotated, the first of it.</summary>
    public required long RotarySize { get; init; }

    /// <summary>What llama.cpp must be told of any of them.</summary>
    public LlamaCppSettings LlamaCpp =>
        new(KeyValueHeads, NormEpsilon, RopeTheta, RopeScaling) { RotarySize = RotarySize };

    /// <summary>Features of all query heads.</summary>
    public long QueryWidth => Model.HeadCount * Model.HeadSize;

    /// <summary>Features of all key heads, and of all value heads.</summary>
    public long KeyWidth => KeyValueHeads * Model.HeadSize;

    /// <summary>Reads the keys, and notes those that contradict each other.</summary>
    /// <param name="keys">The keys of config.json.</param>
    /// <param name="type">The model_type.</param>
    /// <param name="defaults">What absent keys mean.</param>
    /// <param name="normWidths">
    /// Parameters of all norms of a layer, by sizes that are known but for them.
    /// </param>
    public static DecoderSizes Read(
        ConfigReader keys, string type, DecoderDefaults defaults, Func<DecoderSizes, long> normWidths)
    {
        long heads = keys.Long("num_attention_heads", defaults.Sizes?.Heads);
        long hidden = keys.Long("hidden_size", defaults.Sizes?.Hidden);
        int layers = keys.LayerCount("num_hidden_layers", defaults.Sizes?.Layers);
        var model = new ModelConfig
        {
            ModelType = type,
            HiddenSize = hidden,
            IntermediateSize = keys.Long("intermediate_size", defaults.Sizes?.Inner),
            LayerCount = layers,
            HeadCount = heads,
            HeadSize = keys.Long("head_dim", defaults.HeadSize ?? (heads > 0 ? hidden / heads : 0)),
            VocabularySize = keys.Long("vocab_size", defaults.Sizes?.Vocabulary),
            MaxPositions = keys.Long("max_position_embeddings", defaults.Positions),
            TieWordEmbeddings = keys.Bool("tie_word_embeddings", defaults.Ties),
            OtherParameters = 0,
        };
        long rotary = RopeKeys.ReadSize(keys, model.HeadSize, defaults.RotaryPart);
        var sizes = new DecoderSizes
        {
            Model = model,
            IntermediateSizes = keys.Longs("intermediate_sizes", "num_hidden_layers"),
            KeyValueHeads = keys.Long("num_key_value_heads", defaults.KeyValueHeads ?? heads),
            NormEpsilon = keys.Double("rms_norm_eps", defaults.NormEpsilon),
            RopeTheta = RopeKeys.ReadTheta(keys, defaults.RopeTheta),
            RopeScaling = RopeKeys.Read(keys, model.MaxPositions, rotary, defaults.OriginalPositions),
            RotarySize = rotary,
        };
        keys.Require(
            sizes.NormEpsilon >= 0,
            FormattableString.Invariant($"rms_norm_eps is {sizes.NormEpsilon}; expected no negative number"));
        keys.Require(
            sizes.KeyValueHeads > 0 && heads % sizes.KeyValueHeads == 0,
            $"num_attention_heads {heads} is not a multiple of num_key_value_heads {sizes.KeyValueHeads}");
        keys.Require(model.HeadSize % 2 == 0, $"the head size {model.HeadSize} is odd; rotary positions need pairs");

        // The embedding, the last norm, and those of the layers.
        long others = (model.VocabularySize * hidden) + hidden + (layers * normWidths(sizes));
        return sizes with { Model = model with { OtherParameters = others } };
    }

    /// <summary>The linear layers of models with projections of their own.</summary>
    /// <param name="inputBias">Whether those of queries, keys and values have biases.</param>
    /// <param name="outputBias">Whether the attention's output projection has one.</param>
    /// <param name="mlpBias">Whether those of the MLP have.</param>
    public IReadOnlyList<LinearSize> Linears(bool inputBias = false, bool outputBias = false, bool mlpBias = false)
    {
        long hidden = Model.HiddenSize;
        return WithHead(layer =>
        [
            new($"{layer.Path}.self_attn.q_proj", hidden, QueryWidth, inputBias),
            new($"{layer.Path}.self_attn.k_proj", hidden, KeyWidth, inputBias),
            new($"{layer.Path}.self_attn.v_proj", hidden, KeyWidth, inputBias),
            new($"{layer.Path}.self_attn.o_proj", QueryWidth, hidden, outputBias),
            new($"{layer.Path}.mlp.gate_proj", hidden, layer.Inner, mlpBias),
            new($"{layer.Path}.mlp.up_proj", hidden, layer.Inner, mlpBias),
            new($"{layer.Path}.mlp.down_proj", layer.Inner, hidden, mlpBias),
        ]);
    }

    /// <summary>The linear layers of all blocks, by a block's path and the width of its MLP, and the head.</summary>
    public IReadOnlyList<LinearSize> WithHead(Func<(string Path, long Inner), IEnumerable<LinearSize>> block)
    {
        var family = ModelFamilies.Of(Model);
        return
        [
            .. Enumerable.Range(0, Model.LayerCount).SelectMany(layer =>
                block(($"{family.BlockPath}.{layer}", IntermediateSizes?[layer] ?? Model.IntermediateSize))),
            new LinearSize(family.HeadPath, Model.HiddenSize, Model.VocabularySize),
        ];
    }
}
