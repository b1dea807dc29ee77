using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Families;

/// <summary>
/// LLaMA (Touvron et al., 2023; grouped-query attention as in LLaMA 2) with the parameter names of Transformers'
/// LlamaForCausalLM. Mistral and Qwen2 are the same model with a sliding window and with biases.
/// </summary>
public sealed class Llama : Module, ICausalModel
{
    private readonly LlamaBody model;
    private readonly Module<Tensor, Tensor>? lm_head;

    /// <summary>Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.</summary>
    public Llama(LlamaConfig config, WeightMap weights, LinearFactory linear)
        : base(nameof(Llama))
    {
        Device = weights.Device;
        CacheShape = new CacheShape(
            config.LayerCount, config.KeyValueHeadCount, config.HeadSize, config.HiddenSize, config.VocabularySize);
        model = new LlamaBody(config, weights, linear);
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
    public bool IsPrefixStable(long positions) => model.IsPrefixStable(positions);

    /// <inheritdoc/>
    public Tensor Embed(Tensor inputIds) => model.Embed(inputIds);

    /// <inheritdoc/>
    public IReadOnlyList<Func<Tensor, Tensor>> Blocks(Tensor embedded, TokenPlaces places) =>
        model.Blocks(embedded, places);

    /// <inheritdoc/>
    public Tensor Logits(Tensor hiddenStates) =>
        lm_head is null ? Projection.Of(hiddenStates, model.Embedding) : lm_head.forward(hiddenStates);

    private sealed class LlamaBody : Module
    {
        private readonly TokenEmbedding embed_tokens;
        private readonly ModuleList<LlamaLayer> layers;
        private readonly RmsNorm norm;
        private readonly RotaryEmbedding _rotary;
        private readonly long? _window;

        public LlamaBody(LlamaConfig config, WeightMap weights, LinearFactory linear)
            : base(nameof(LlamaBody))
        {
            embed_tokens = new TokenEmbedding(
                weights, "model.embed_tokens", config.VocabularySize, config.HiddenSize);
            layers = new ModuleList<LlamaLayer>(Enumerable.Range(0, config.LayerCount)
                .Select(index => new LlamaLayer(config, weights, linear, index)).ToArray());
            norm = new RmsNorm(weights, "model.norm", config.HiddenSize, config.RmsNormEpsilon);
            _rotary = new RotaryEmbedding(config.HeadSize, config.RopeTheta, config.RopeScaling);
            _window = config.SlidingWindow;
            RegisterComponents();
        }

        public Tensor Embedding => embed_tokens.Weight;

        public bool IsPrefixStable(long positions) => _rotary.IsPrefixStable(positions);

        public Tensor Embed(Tensor inputIds) => embed_tokens.forward(inputIds); // [B, T, H]

        public IReadOnlyList<Func<Tensor, Tensor>> Blocks(Tensor embedded, TokenPlaces places)
        {
            var tables = _rotary.Tables(places, embedded);
            var mask = places.Mask(embedded, _window);
            return
            [
                .. layers.Select(layer => (Func<Tensor, Tensor>)(hidden => layer.Forward(hidden, tables, mask, places))),
                norm.forward,
            ];
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _rotary.Dispose();
            }

            base.Dispose(disposing);
        }
    }

    private sealed class LlamaLayer : Module
    {
        private readonly RmsNorm input_layernorm;
        private readonly LlamaAttention self_attn;
        private readonly RmsNorm post_attention_layernorm;
        private readonly LlamaMlp mlp;

        public LlamaLayer(LlamaConfig config, WeightMap weights, LinearFactory linear, int index)
            : base(nameof(LlamaLayer))
        {
            var path = $"model.layers.{index}";
            input_layernorm = new RmsNorm(weights, $"{path}.input_layernorm", config.HiddenSize, config.RmsNormEpsilon);
            self_attn = new LlamaAttention(config, linear, index);
            post_attention_layernorm = new RmsNorm(
                weights, $"{path}.post_attention_layernorm", config.HiddenSize, config.RmsNormEpsilon);
            mlp = new LlamaMlp(linear, $"{path}.mlp", config.HiddenSize, config.IntermediateSizeOf(index));
            RegisterComponents();
        }

        /// <param name="hidden">[B, T, H].</param>
        /// <param name="tables">Rotary tables, each [T, D] or [B or 1, 1, T, D].</param>
        /// <param name="mask">[B or 1, 1, T, S], or null for plain causal attention.</param>
        /// <param name="places">Where the tokens stand.</param>
        /// <returns>[B, T, H].</returns>
        public Tensor Forward(
            Tensor hidden, (Tensor Cosine, Tensor Sine) tables, Tensor? mask, TokenPlaces places)
        {
            using var scope = NewDisposeScope();
            var attended = hidden + self_attn.Forward(input_layernorm.forward(hidden), tables, mask, places);
            return (attended + mlp.forward(post_attention_layernorm.forward(attended))).MoveToOuterDisposeScope();
        }
    }

    private sealed class LlamaAttention : Module
    {
        private readonly Module<Tensor, Tensor> q_proj;
        private readonly Module<Tensor, Tensor> k_proj;
        private readonly Module<Tensor, Tensor> v_proj;
        private readonly Module<Tensor, Tensor> o_proj;
        private readonly long _headSize;
        private readonly int _layer;

        public LlamaAttention(LlamaConfig config, LinearFactory linear, int layer)
            : base(nameof(LlamaAttention))
        {
            var path = $"model.layers.{layer}.self_attn";
            long queries = config.HeadCount * config.HeadSize;
            long keys = config.KeyValueHeadCount * config.HeadSize;
            q_proj = linear($"{path}.q_proj", config.HiddenSize, queries, config.AttentionBias);
            k_proj = linear($"{path}.k_proj", config.HiddenSize, keys, config.AttentionBias);
            v_proj = linear($"{path}.v_proj", config.HiddenSize, keys, config.AttentionBias);
            o_proj = linear($"{path}.o_proj", queries, config.HiddenSize, config.OutputBias);
            _headSize = config.HeadSize;
            _layer = layer;
            RegisterComponents();
        }

        public Tensor Forward(
            Tensor hidden, (Tensor Cosine, Tensor Sine) tables, Tensor? mask, TokenPlaces places)
        {
            using var scope = NewDisposeScope();
            var query = RotaryEmbedding.ApplyByToken(Rows(q_proj), _headSize, tables); // [B, H, T, D]
            var key = RotaryEmbedding.ApplyByToken(Rows(k_proj), _headSize, tables); // [B, Hkv, T, D]
            var value = Heads(Rows(v_proj)); // [B, Hkv, T, D]
            var attended = places.Attend(_layer, query, key, value, mask); // [B, H, T, D]
            var merged = attended.transpose(1, 2).flatten(2); // [B, T, H * D]
            return o_proj.forward(places.Unpad(merged)).MoveToOuterDisposeScope();

            Tensor Rows(Module<Tensor, Tensor> projection) => places.Pad(projection.forward(hidden));
        }

        /// <summary>[B, T, heads * D] to [B, heads, T, D].</summary>
        private Tensor Heads(Tensor states) =>
            states.view(states.shape[0], states.shape[1], -1, _headSize).transpose(1, 2);
    }

    private sealed class LlamaMlp : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> gate_proj;
        private readonly Module<Tensor, Tensor> up_proj;
        private readonly Module<Tensor, Tensor> down_proj;

        public LlamaMlp(LinearFactory linear, string path, long hidden, long inner)
            : base(nameof(LlamaMlp))
        {
            gate_proj = linear($"{path}.gate_proj", hidden, inner, false);
            up_proj = linear($"{path}.up_proj", hidden, inner, false);
            down_proj = linear($"{path}.down_proj", inner, hidden, false);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var gated = SwiGlu.Of(gate_proj.forward(input), up_proj.forward(input)); // [B, T, W]
            return down_proj.forward(gated).MoveToOuterDisposeScope();
        }
    }
}
