using System.Text.Json;
using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Runtime;
using LoNas.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Gelu = TorchSharp.Modules.GELU;
using LayerNorm = LoNas.Models.Layers.LayerNorm;

namespace LoNas.Models.Families;

/// <summary>The shape of a BLOOM, as its config.json gives it. Sizes in elements.</summary>
internal sealed record BloomConfig
{
    /// <summary>What all families have; the MLP's width is the largest where layers differ.</summary>
    public required ModelConfig Model { get; init; }

    /// <summary>
    /// Widths of the MLP by layer, as an extracted model has them; null where all are four times the hidden size.
    /// </summary>
    public IReadOnlyList<long>? IntermediateSizes { get; init; }

    /// <summary>Added to the variance before its root.</summary>
    public required double LayerNormEpsilon { get; init; }

    /// <summary>Whether the residual is taken behind the norm.</summary>
    public required bool ResidualAfterNorm { get; init; }

    /// <summary>The linear layers.</summary>
    private IEnumerable<LinearSize> Linears =>
    [
        .. Enumerable.Range(0, Model.LayerCount).SelectMany(Block),
        new LinearSize(LinearLayout.LanguageHead, Model.HiddenSize, Model.VocabularySize),
    ];

    /// <summary>Describes a model.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static ModelDescription Describe(JsonElement json, string origin)
    {
        var config = Read(json, origin);
        return new ModelDescription
        {
            Layout = new LinearLayout { Config = config.Model, Linears = [.. config.Linears] },
            Causal = (weights, linear) => new Bloom(config, weights, linear),
        };
    }

    /// <summary>Reads config.json's keys, in the names of old and new checkpoints.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static BloomConfig Read(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        var layersKey = keys.Has("num_hidden_layers") ? "num_hidden_layers" : "n_layer";
        long hidden = keys.Long(keys.Has("n_embed") ? "n_embed" : "hidden_size");
        var widths = keys.Longs("intermediate_sizes", layersKey);
        int layers = keys.LayerCount(layersKey);
        long heads = keys.Long(keys.Has("num_attention_heads") ? "num_attention_heads" : "n_head");
        long vocabulary = keys.Long("vocab_size");
        bool areHeadsWhole = heads > 0 && hidden % heads == 0;
        var config = new BloomConfig
        {
            Model = new ModelConfig
            {
                ModelType = "bloom",
                HiddenSize = hidden,
                IntermediateSize = widths is { Count: > 0 } ? widths.Max() : 4 * hidden,
                LayerCount = layers,
                HeadCount = heads,
                HeadSize = areHeadsWhole ? hidden / heads : 0,
                VocabularySize = vocabulary,
                MaxPositions = keys.Long("seq_length", 2048), // trained for; ALiBi goes on past them
                TieWordEmbeddings = keys.Bool("tie_word_embeddings", true),
                // The embedding and its norm, two norms a layer and the last one, each with a bias.
                OtherParameters = (vocabulary * hidden) + (2 * hidden * ((2 * layers) + 2)),
            },
            IntermediateSizes = widths,
            LayerNormEpsilon = keys.Double("layer_norm_epsilon", 1e-5),
            ResidualAfterNorm = keys.Bool("apply_residual_connection_post_layernorm", false),
        };
        keys.Require(areHeadsWhole, $"hidden_size {hidden} is not a multiple of n_head {heads}");
        keys.ThrowIfInvalid();
        return config;
    }

    private LinearSize[] Block(int layer)
    {
        string path = $"transformer.h.{layer}";
        long hidden = Model.HiddenSize;
        long inner = IntermediateSizes?[layer] ?? (4 * hidden);
        return
        [
            new($"{path}.self_attention.query_key_value", hidden, 3 * hidden, Bias: true),
            new($"{path}.self_attention.dense", hidden, hidden, Bias: true),
            new($"{path}.mlp.dense_h_to_4h", hidden, inner, Bias: true),
            new($"{path}.mlp.dense_4h_to_h", inner, hidden, Bias: true),
        ];
    }
}

/// <summary>
/// BLOOM (BigScience, 2022): ALiBi instead of positions, one fused projection for queries, keys and values, and the
/// parameter names of Transformers' BloomForCausalLM.
/// </summary>
internal sealed class Bloom : Module, ICausalModel
{
    private readonly BloomBody transformer;
    private readonly Module<Tensor, Tensor>? lm_head;

    /// <summary>
    /// Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.
    /// </summary>
    public Bloom(BloomConfig config, WeightMap weights, LinearFactory linear)
        : base(nameof(Bloom))
    {
        Device = weights.Device;
        var sizes = config.Model;
        CacheShape = new CacheShape(
            sizes.LayerCount, sizes.HeadCount, sizes.HeadSize, sizes.HiddenSize, sizes.VocabularySize);
        transformer = new BloomBody(config, weights, linear);
        lm_head = sizes.TieWordEmbeddings ? null : linear(LinearLayout.LanguageHead);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public IEnumerable<Parameter> Parameters => parameters();

    /// <inheritdoc/>
    public Device Device { get; }

    /// <inheritdoc/>
    public CacheShape CacheShape { get; }

    /// <inheritdoc/>
    public Tensor Embed(Tensor inputIds) => transformer.Embed(inputIds);

    /// <inheritdoc/>
    public IReadOnlyList<Func<Tensor, Tensor>> Blocks(Tensor embedded, TokenPlaces places) =>
        transformer.Blocks(embedded, places);

    /// <inheritdoc/>
    public Tensor Logits(Tensor hiddenStates) =>
        lm_head is null ? transformer.TiedHead(hiddenStates) : lm_head.forward(hiddenStates);

    private sealed class BloomBody : Module
    {
        private readonly TokenEmbedding word_embeddings;
        private readonly LayerNorm word_embeddings_layernorm;
        private readonly ModuleList<BloomLayer> h;
        private readonly LayerNorm ln_f;
        private readonly AlibiBias _alibi;

        public BloomBody(BloomConfig config, WeightMap weights, LinearFactory linear)
            : base(nameof(BloomBody))
        {
            var (layers, heads, size) = (config.Model.LayerCount, config.Model.HeadCount, config.Model.HiddenSize);
            word_embeddings = new TokenEmbedding(
                weights, "transformer.word_embeddings", config.Model.VocabularySize, size);
            word_embeddings_layernorm = new LayerNorm(
                weights, "transformer.word_embeddings_layernorm", size, config.LayerNormEpsilon);
            h = new ModuleList<BloomLayer>(Enumerable.Range(0, layers)
                .Select(index => new BloomLayer(config, weights, linear, index)).ToArray());
            ln_f = new LayerNorm(weights, "transformer.ln_f", size, config.LayerNormEpsilon);
            _alibi = new AlibiBias(heads);
            RegisterComponents();
        }

        public Tensor TiedHead(Tensor hiddenStates) => word_embeddings.Logits(hiddenStates);

        public Tensor Embed(Tensor inputIds)
        {
            using var words = word_embeddings.forward(inputIds);
            return word_embeddings_layernorm.forward(words); // [B, T, H]
        }

        public IReadOnlyList<Func<Tensor, Tensor>> Blocks(Tensor embedded, TokenPlaces places)
        {
            var bias = _alibi.Bias(places, embedded); // [B or 1, H, T, S]
            return
            [
                .. h.Select(layer => (Func<Tensor, Tensor>)(hidden => layer.Forward(hidden, bias, places))),
                ln_f.forward,
            ];
        }
    }

    private sealed class BloomLayer : Module
    {
        private readonly LayerNorm input_layernorm;
        private readonly BloomAttention self_attention;
        private readonly LayerNorm post_attention_layernorm;
        private readonly BloomMlp mlp;
        private readonly bool _residualAfterNorm;

        public BloomLayer(BloomConfig config, WeightMap weights, LinearFactory linear, int index)
            : base(nameof(BloomLayer))
        {
            var path = $"transformer.h.{index}";
            long size = config.Model.HiddenSize;
            input_layernorm = new LayerNorm(weights, $"{path}.input_layernorm", size, config.LayerNormEpsilon);
            self_attention = new BloomAttention(config.Model.HeadSize, linear, $"{path}.self_attention", index);
            post_attention_layernorm = new LayerNorm(
                weights, $"{path}.post_attention_layernorm", size, config.LayerNormEpsilon);
            mlp = new BloomMlp(linear, $"{path}.mlp");
            _residualAfterNorm = config.ResidualAfterNorm;
            RegisterComponents();
        }

        /// <param name="hidden">[B, T, H].</param>
        /// <param name="bias">ALiBi with the causal mask, [B or 1, heads, T, S].</param>
        /// <param name="places">Where the tokens stand.</param>
        /// <returns>[B, T, H].</returns>
        public Tensor Forward(Tensor hidden, Tensor bias, TokenPlaces places)
        {
            using var scope = NewDisposeScope();
            var normed = input_layernorm.forward(hidden);
            var attended = self_attention.Forward(normed, bias, places)
                .Plus(_residualAfterNorm ? normed : hidden);
            var second = post_attention_layernorm.forward(attended);
            return mlp.forward(second).Plus(_residualAfterNorm ? second : attended).MoveToOuterDisposeScope();
        }
    }

    private sealed class BloomAttention : Module
    {
        private readonly Module<Tensor, Tensor> query_key_value;
        private readonly Module<Tensor, Tensor> dense;
        private readonly long _headSize;
        private readonly int _layer;

        public BloomAttention(long headSize, LinearFactory linear, string path, int layer)
            : base(nameof(BloomAttention))
        {
            query_key_value = linear($"{path}.query_key_value");
            dense = linear($"{path}.dense");
            (_headSize, _layer) = (headSize, layer);
            RegisterComponents();
        }

        public Tensor Forward(Tensor hidden, Tensor bias, TokenPlaces places)
        {
            using var scope = NewDisposeScope();
            // A head's query, key and value lie together: [head, (query, key, value), D].
            var states = places.Pad(query_key_value.forward(hidden));
            var fused = states.view(states.shape[0], states.shape[1], -1, 3, _headSize); // [B, T, H, 3, D]
            var query = Part(fused, 0); // [B, H, T, D]
            var key = Part(fused, 1); // [B, H, T, D]
            var value = Part(fused, 2); // [B, H, T, D]
            var attended = places.Attend(_layer, query, key, value, bias); // [B, H, T, D]
            var merged = attended.transpose(1, 2).flatten(2); // [B, T, H * D]
            return dense.forward(places.Unpad(merged)).MoveToOuterDisposeScope();
        }

        private static Tensor Part(Tensor fused, long index) => fused.select(3, index).transpose(1, 2);
    }

    private sealed class BloomMlp : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> dense_h_to_4h;
        private readonly Module<Tensor, Tensor> dense_4h_to_h;

        public BloomMlp(LinearFactory linear, string path)
            : base(nameof(BloomMlp))
        {
            dense_h_to_4h = linear($"{path}.dense_h_to_4h");
            dense_4h_to_h = linear($"{path}.dense_4h_to_h");
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            // BLOOM's own GELU is the tanh approximation, with its constant rounded to 8 digits.
            var activated = functional.gelu(dense_h_to_4h.forward(input), Gelu.Approximate.tanh); // [B, T, W]
            return dense_4h_to_h.forward(activated).MoveToOuterDisposeScope();
        }
    }
}
