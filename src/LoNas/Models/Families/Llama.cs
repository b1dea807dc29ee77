using System.Text.Json;
using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Runtime;
using LoNas.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Families;

/// <summary>The shape of a LLaMA, Mistral or Qwen2, as its config.json gives it. Sizes in elements.</summary>
internal sealed record LlamaConfig
{
    private const long DefaultMistralWindow = 4096;

    /// <summary>What all families have; the MLP's width is the largest where layers differ.</summary>
    public required ModelConfig Model { get; init; }

    /// <summary>Widths of the MLP by layer, as an extracted model has them; null where all are alike.</summary>
    public IReadOnlyList<long>? IntermediateSizes { get; init; }

    /// <summary>Key and value heads; query heads share them in equal groups.</summary>
    public required long KeyValueHeadCount { get; init; }

    /// <summary>Added to the mean square before its root.</summary>
    public required double RmsNormEpsilon { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public required double RopeTheta { get; init; }

    /// <summary>
    /// How rotary positions are stretched past those of the pre-training; null leaves them as they are.
    /// </summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>Whether the projections of queries, keys and values have biases; Qwen2's always do.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the attention's output projection has a bias.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Latest positions that a query looks back to, as in Mistral; null for all.</summary>
    public long? SlidingWindow { get; init; }

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
            Causal = (weights, linear) => new Llama(config, weights, linear),
            LlamaCpp = new LlamaCppSettings(
                config.KeyValueHeadCount, config.RmsNormEpsilon, config.RopeTheta, config.RopeScaling,
                config.SlidingWindow),
        };
    }

    /// <summary>Reads config.json's keys.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static LlamaConfig Read(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        var type = keys.Text("model_type", "llama");
        long heads = keys.Long("num_attention_heads");
        bool bias = keys.Bool("attention_bias", false);
        var model = ReadModel(keys, type, heads);
        var config = new LlamaConfig
        {
            Model = model,
            IntermediateSizes = keys.Longs("intermediate_sizes", "num_hidden_layers"),
            KeyValueHeadCount = keys.Long("num_key_value_heads", heads),
            RmsNormEpsilon = keys.Double("rms_norm_eps", 1e-6),
            RopeTheta = RopeScaling.ReadTheta(keys),
            RopeScaling = RopeScaling.Read(keys, model.MaxPositions),
            AttentionBias = type == "qwen2" || bias,
            OutputBias = type != "qwen2" && bias,
            // Transformers takes Mistral's window where the key is absent, and none where it is null.
            SlidingWindow = type == "mistral" && !keys.IsNull("sliding_window")
                ? keys.Long("sliding_window", DefaultMistralWindow)
                : null,
        };
        Check(keys, config);
        return config;
    }

    private static ModelConfig ReadModel(ConfigReader keys, string type, long heads)
    {
        long hidden = keys.Long("hidden_size");
        long positions = keys.Long("max_position_embeddings", 2048);
        long inner = keys.Long("intermediate_size");
        int layers = keys.LayerCount("num_hidden_layers");
        long headSize = keys.Long("head_dim", heads > 0 ? hidden / heads : 0);
        long vocabulary = keys.Long("vocab_size");
        return new ModelConfig
        {
            ModelType = type,
            HiddenSize = hidden,
            IntermediateSize = inner,
            LayerCount = layers,
            HeadCount = heads,
            HeadSize = headSize,
            VocabularySize = vocabulary,
            MaxPositions = positions,
            TieWordEmbeddings = keys.Bool("tie_word_embeddings", false),
            // The embedding, two norms a layer and the last one.
            OtherParameters = (vocabulary * hidden) + (((2 * layers) + 1) * hidden),
        };
    }

    private static void Check(ConfigReader keys, LlamaConfig config)
    {
        var (heads, shared, size) = (config.Model.HeadCount, config.KeyValueHeadCount, config.Model.HeadSize);
        keys.Require(keys.Text("hidden_act", "silu") == "silu", "hidden_act must be silu");
        keys.Require(!keys.Bool("mlp_bias", false), "mlp_bias must be false");
        // Qwen2 slides in its upper layers only; no published model does.
        keys.Require(
            !keys.Bool("use_sliding_window", false),
            "use_sliding_window must be false; a window in some layers is not supported");
        keys.Require(
            shared > 0 && heads % shared == 0,
            $"num_attention_heads {heads} is not a multiple of num_key_value_heads {shared}");
        keys.Require(size % 2 == 0, $"the head size {size} is odd; rotary positions need pairs");
        keys.ThrowIfInvalid();
    }

    private LinearSize[] Block(int layer)
    {
        string path = $"model.layers.{layer}";
        long hidden = Model.HiddenSize;
        long inner = IntermediateSizes?[layer] ?? Model.IntermediateSize;
        long queries = Model.HeadCount * Model.HeadSize;
        long keys = KeyValueHeadCount * Model.HeadSize;
        return
        [
            new($"{path}.self_attn.q_proj", hidden, queries, AttentionBias),
            new($"{path}.self_attn.k_proj", hidden, keys, AttentionBias),
            new($"{path}.self_attn.v_proj", hidden, keys, AttentionBias),
            new($"{path}.self_attn.o_proj", queries, hidden, OutputBias),
            new($"{path}.mlp.gate_proj", hidden, inner),
            new($"{path}.mlp.up_proj", hidden, inner),
            new($"{path}.mlp.down_proj", inner, hidden),
        ];
    }
}

/// <summary>
/// LLaMA (Touvron et al., 2023; grouped-query attention as in LLaMA 2) with the parameter names of Transformers'
/// LlamaForCausalLM. Mistral and Qwen2 are the same model with a sliding window and with biases.
/// </summary>
internal sealed class Llama : Module, ICausalModel
{
    private readonly LlamaBody model;
    private readonly Module<Tensor, Tensor>? lm_head;

    /// <summary>
    /// Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.
    /// </summary>
    public Llama(LlamaConfig config, WeightMap weights, LinearFactory linear)
        : base(nameof(Llama))
    {
        Device = weights.Device;
        var sizes = config.Model;
        CacheShape = new CacheShape(
            sizes.LayerCount, config.KeyValueHeadCount, sizes.HeadSize, sizes.HiddenSize, sizes.VocabularySize);
        model = new LlamaBody(config, weights, linear);
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
    public bool IsPrefixStable(long positions) => model.IsPrefixStable(positions);

    /// <inheritdoc/>
    public Tensor Embed(Tensor inputIds) => model.Embed(inputIds);

    /// <inheritdoc/>
    public IReadOnlyList<Func<Tensor, Tensor>> Blocks(Tensor embedded, TokenPlaces places) =>
        model.Blocks(embedded, places);

    /// <inheritdoc/>
    public Tensor Logits(Tensor hiddenStates) =>
        lm_head is null ? model.TiedHead(hiddenStates) : lm_head.forward(hiddenStates);

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
            var sizes = config.Model;
            embed_tokens = new TokenEmbedding(weights, "model.embed_tokens", sizes.VocabularySize, sizes.HiddenSize);
            layers = new ModuleList<LlamaLayer>(Enumerable.Range(0, sizes.LayerCount)
                .Select(index => new LlamaLayer(config, weights, linear, index)).ToArray());
            norm = new RmsNorm(weights, "model.norm", sizes.HiddenSize, config.RmsNormEpsilon);
            _rotary = new RotaryEmbedding(sizes.HeadSize, config.RopeTheta, config.RopeScaling);
            _window = config.SlidingWindow;
            RegisterComponents();
        }

        public Tensor TiedHead(Tensor hiddenStates) => embed_tokens.Logits(hiddenStates);

        public bool IsPrefixStable(long positions) => _rotary.IsPrefixStable(positions);

        public Tensor Embed(Tensor inputIds) => embed_tokens.forward(inputIds); // [B, T, H]

        public IReadOnlyList<Func<Tensor, Tensor>> Blocks(Tensor embedded, TokenPlaces places)
        {
            var tables = _rotary.Tables(places, embedded);
            var mask = places.Mask(embedded, _window);
            return
            [
                .. layers.Select(layer =>
                    (Func<Tensor, Tensor>)(hidden => layer.Forward(hidden, tables, mask, places))),
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
            long size = config.Model.HiddenSize;
            input_layernorm = new RmsNorm(weights, $"{path}.input_layernorm", size, config.RmsNormEpsilon);
            self_attn = new LlamaAttention(config.Model.HeadSize, linear, index);
            post_attention_layernorm = new RmsNorm(
                weights, $"{path}.post_attention_layernorm", size, config.RmsNormEpsilon);
            mlp = new LlamaMlp(linear, $"{path}.mlp");
            RegisterComponents();
        }

        /// <param name="hidden">[B, T, H].</param>
        /// <param name="tables">Rotary tables, each [T, D] or [B or 1, 1, T, D].</param>
        /// <param name="mask">[B or 1, 1, T, S], or null for plain causal attention.</param>
        /// <param name="places">Where the tokens stand.</param>
        /// <returns>[B, T, H].</returns>
        public Tensor Forward(Tensor hidden, (Tensor Cosine, Tensor Sine) tables, Tensor? mask, TokenPlaces places)
        {
            using var scope = NewDisposeScope();
            var attended = hidden.Plus(self_attn.Forward(input_layernorm.forward(hidden), tables, mask, places));
            return attended.Plus(mlp.forward(post_attention_layernorm.forward(attended))).MoveToOuterDisposeScope();
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

        public LlamaAttention(long headSize, LinearFactory linear, int layer)
            : base(nameof(LlamaAttention))
        {
            var path = $"model.layers.{layer}.self_attn";
            q_proj = linear($"{path}.q_proj");
            k_proj = linear($"{path}.k_proj");
            v_proj = linear($"{path}.v_proj");
            o_proj = linear($"{path}.o_proj");
            (_headSize, _layer) = (headSize, layer);
            RegisterComponents();
        }

        public Tensor Forward(Tensor hidden, (Tensor Cosine, Tensor Sine) tables, Tensor? mask, TokenPlaces places)
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

        public LlamaMlp(LinearFactory linear, string path)
            : base(nameof(LlamaMlp))
        {
            gate_proj = linear($"{path}.gate_proj");
            up_proj = linear($"{path}.up_proj");
            down_proj = linear($"{path}.down_proj");
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
