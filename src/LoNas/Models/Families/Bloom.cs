using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using LayerNorm = LoNas.Models.Layers.LayerNorm;

namespace LoNas.Models.Families;

/// <summary>
/// BLOOM (BigScience, 2022): ALiBi instead of positions, one fused projection for queries, keys and values, and the
/// parameter names of Transformers' BloomForCausalLM.
/// </summary>
public sealed class Bloom : Module, ICausalModel
{
    private readonly BloomBody transformer;
    private readonly Module<Tensor, Tensor>? lm_head;

    /// <summary>Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.</summary>
    public Bloom(BloomConfig config, WeightMap weights, LinearFactory linear)
        : base(nameof(Bloom))
    {
        Device = weights.Device;
        CacheShape = new CacheShape(
            config.LayerCount, config.HeadCount, config.HiddenSize / config.HeadCount, config.HiddenSize, config.VocabularySize);
        transformer = new BloomBody(config, weights, linear);
        lm_head = config.TieWordEmbeddings
            ? null
            : linear("lm_head", config.HiddenSize, config.VocabularySize, false);
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
        lm_head is null ? Projection.Of(hiddenStates, transformer.Embedding) : lm_head.forward(hiddenStates);

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
            word_embeddings = new TokenEmbedding(
                weights, "transformer.word_embeddings", config.VocabularySize, config.HiddenSize);
            word_embeddings_layernorm = new LayerNorm(
                weights, "transformer.word_embeddings_layernorm", config.HiddenSize, config.LayerNormEpsilon);
            h = new ModuleList<BloomLayer>(Enumerable.Range(0, config.LayerCount)
                .Select(index => new BloomLayer(config, weights, linear, index)).ToArray());
            ln_f = new LayerNorm(weights, "transformer.ln_f", config.HiddenSize, config.LayerNormEpsilon);
            _alibi = new AlibiBias(config.HeadCount);
            RegisterComponents();
        }

        public Tensor Embedding => word_embeddings.Weight;

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
            input_layernorm = new LayerNorm(
                weights, $"{path}.input_layernorm", config.HiddenSize, config.LayerNormEpsilon);
            self_attention = new BloomAttention(config, linear, $"{path}.self_attention", index);
            post_attention_layernorm = new LayerNorm(
                weights, $"{path}.post_attention_layernorm", config.HiddenSize, config.LayerNormEpsilon);
            mlp = new BloomMlp(linear, $"{path}.mlp", config.HiddenSize, config.IntermediateSizeOf(index));
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
            var attended = self_attention.Forward(normed, bias, places) + (_residualAfterNorm ? normed : hidden);
            var second = post_attention_layernorm.forward(attended);
            return (mlp.forward(second) + (_residualAfterNorm ? second : attended)).MoveToOuterDisposeScope();
        }
    }

    private sealed class BloomAttention : Module
    {
        private readonly Module<Tensor, Tensor> query_key_value;
        private readonly Module<Tensor, Tensor> dense;
        private readonly long _headSize;
        private readonly int _layer;

        public BloomAttention(BloomConfig config, LinearFactory linear, string path, int layer)
            : base(nameof(BloomAttention))
        {
            query_key_value = linear($"{path}.query_key_value", config.HiddenSize, 3 * config.HiddenSize, true);
            dense = linear($"{path}.dense", config.HiddenSize, config.HiddenSize, true);
            _headSize = config.HiddenSize / config.HeadCount;
            _layer = layer;
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

        public BloomMlp(LinearFactory linear, string path, long hidden, long inner)
            : base(nameof(BloomMlp))
        {
            dense_h_to_4h = linear($"{path}.dense_h_to_4h", hidden, inner, true);
            dense_4h_to_h = linear($"{path}.dense_4h_to_h", inner, hidden, true);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            // BLOOM's own GELU is the tanh approximation, with its constant rounded to 8 digits.
            var activated = functional.gelu(dense_h_to_4h.forward(input), TorchSharp.Modules.GELU.Approximate.tanh); // [B, T, W]
            return dense_4h_to_h.forward(activated).MoveToOuterDisposeScope();
        }
    }
}
