using System.Text.Json;
using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Runtime;
using LoNas.Storage;
using LoNas.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Gelu = TorchSharp.Modules.GELU;
using LayerNorm = LoNas.Models.Layers.LayerNorm;

namespace LoNas.Models.Families;

/// <summary>The shape of a GPT-NeoX, as its config.json gives it. Sizes in elements.</summary>
internal sealed record GptNeoXConfig
{
    private static readonly DecoderDefaults Defaults = new() { RotaryPart = 0.25 };

    /// <summary>GELU by the error function, and the names of its approximation by tanh.</summary>
    private static readonly string[] Activations = ["gelu", "gelu_new", "gelu_fast", "gelu_pytorch_tanh"];

    /// <summary>What all decoders have.</summary>
    public required DecoderSizes Sizes { get; init; }

    /// <summary>Whether the attention's projections have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the MLP reads what attention reads, and not what it adds to.</summary>
    public bool IsParallel { get; init; }

    /// <summary>Whether GELU is approximated by tanh.</summary>
    public bool ApproximatesGelu { get; init; }

    /// <summary>Describes a model.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static ModelDescription Describe(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        var defaults = Defaults with
        {
            // The family's own names for what others call partial_rotary_factor and rope_theta.
            RotaryPart = keys.Double("partial_rotary_factor", keys.Double("rotary_pct", Defaults.RotaryPart!.Value)),
            RopeTheta = keys.Double("rope_theta", keys.Double("rotary_emb_base", Defaults.RopeTheta)),
        };
        // Two norms a layer, of gains and biases.
        var sizes = DecoderSizes.Read(keys, "gpt_neox", defaults, sizes => 4 * sizes.Model.HiddenSize);
        var model = sizes.Model;
        var activation = keys.Text("hidden_act", Activations[0]);
        var config = new GptNeoXConfig
        {
            Sizes = sizes with
            {
                // The last norm's bias.
                Model = model with { OtherParameters = model.OtherParameters + model.HiddenSize },
                NormEpsilon = keys.Double("layer_norm_eps", 1e-5),
            },
            AttentionBias = keys.Bool("attention_bias", true),
            IsParallel = keys.Bool("use_parallel_residual", true),
            ApproximatesGelu = activation != Activations[0],
        };
        RequireOne(keys, "rotary_pct", "partial_rotary_factor");
        RequireOne(keys, "rotary_emb_base", "rope_theta");
        keys.Require(
            Activations.Contains(activation),
            $"hidden_act is {Excerpt.Of(activation)}; supported are {string.Join(", ", Activations)}");
        keys.Require(
            model.HeadCount * model.HeadSize == model.HiddenSize && sizes.KeyValueHeads == model.HeadCount,
            $"hidden_size {model.HiddenSize} is not num_attention_heads {model.HeadCount} times a head's "
                + $"{model.HeadSize} features, each head with a key of its own");
        keys.ThrowIfInvalid();
        return new ModelDescription
        {
            Layout = new LinearLayout { Config = config.Sizes.Model, Linears = config.Linears() },
            Causal = (weights, linear) => GptNeoX.Build(config, weights, linear),
            LlamaCpp = config.Sizes.LlamaCpp with
            {
                Switches = new Dictionary<string, bool> { ["use_parallel_residual"] = config.IsParallel },
                Notices = config.ApproximatesGelu
                    ? [] : ["llama.cpp approximates GELU by tanh, and the model's is exact: logits differ a little"],
            },
        };
    }

    private static void RequireOne(ConfigReader keys, string own, string usual)
    {
        var (first, second) = (keys.Double(own, double.NaN), keys.Double(usual, double.NaN));
        keys.Require(
            first == second || !keys.Has(own) || !keys.Has(usual),
            FormattableString.Invariant(
                $"{own} is {first} and {usual} is {second}; the two are one setting, give it one value"));
    }

    private IReadOnlyList<LinearSize> Linears() => Sizes.WithHead(layer =>
    [
        new($"{layer.Path}.attention.query_key_value", Sizes.Model.HiddenSize, 3 * Sizes.QueryWidth, AttentionBias),
        new($"{layer.Path}.attention.dense", Sizes.QueryWidth, Sizes.Model.HiddenSize, AttentionBias),
        new($"{layer.Path}.mlp.dense_h_to_4h", Sizes.Model.HiddenSize, layer.Inner, Bias: true),
        new($"{layer.Path}.mlp.dense_4h_to_h", layer.Inner, Sizes.Model.HiddenSize, Bias: true),
    ]);
}

/// <summary>
/// GPT-NeoX (Black et al., 2022), of which Pythia is one: attention and MLP side by side on the same states, rotary
/// positions on a part of each head, layer norms and biases.
/// </summary>
internal static class GptNeoX
{
    /// <summary>
    /// Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.
    /// </summary>
    public static ICausalModel Build(GptNeoXConfig config, WeightMap weights, LinearFactory linear)
    {
        var sizes = config.Sizes;
        var rotary = new RotaryEmbedding(sizes.RotarySize, sizes.RopeTheta, sizes.RopeScaling);
        return new CausalDecoder<GptNeoXLayer>(
            sizes.Model, sizes.KeyValueHeads, weights, linear,
            layer => new GptNeoXLayer(config, weights, linear, layer, rotary),
            "gpt_neox.final_layer_norm",
            path => new LayerNorm(weights, path, sizes.Model.HiddenSize, sizes.NormEpsilon), rotary);
    }

    private sealed class GptNeoXLayer : Module, IDecoderLayer
    {
        private readonly LayerNorm input_layernorm;
        private readonly LayerNorm post_attention_layernorm;
        private readonly GptNeoXAttention attention;
        private readonly GptNeoXMlp mlp;
        private readonly RotaryEmbedding _rotary;
        private readonly bool _isParallel;

        public GptNeoXLayer(
            GptNeoXConfig config, WeightMap weights, LinearFactory linear, int layer, RotaryEmbedding rotary)
            : base(nameof(GptNeoXLayer))
        {
            var path = $"gpt_neox.layers.{layer}";
            var (sizes, size) = (config.Sizes, config.Sizes.Model.HiddenSize);
            input_layernorm = new LayerNorm(weights, $"{path}.input_layernorm", size, sizes.NormEpsilon);
            post_attention_layernorm = new LayerNorm(
                weights, $"{path}.post_attention_layernorm", size, sizes.NormEpsilon);
            attention = new GptNeoXAttention(sizes.Model.HeadSize, linear, $"{path}.attention", layer);
            mlp = new GptNeoXMlp(linear, $"{path}.mlp", config.ApproximatesGelu);
            (_rotary, _isParallel) = (rotary, config.IsParallel);
            RegisterComponents();
        }

        public Func<Tensor, Tensor> In(DecoderPass pass)
        {
            var (mask, tables) = (pass.Mask(), pass.Tables(_rotary));
            return hidden =>
            {
                using var scope = NewDisposeScope();
                var attended = attention.Forward(input_layernorm.forward(hidden), pass.Places, mask, tables);
                if (_isParallel)
                {
                    return mlp.forward(post_attention_layernorm.forward(hidden)).Plus(attended).Plus(hidden)
                        .MoveToOuterDisposeScope();
                }

                attended = attended.Plus(hidden);
                return mlp.forward(post_attention_layernorm.forward(attended)).Plus(attended)
                    .MoveToOuterDisposeScope();
            };
        }
    }

    private sealed class GptNeoXAttention : Module
    {
        private readonly Module<Tensor, Tensor> query_key_value;
        private readonly Module<Tensor, Tensor> dense;
        private readonly long _headSize;
        private readonly int _layer;

        public GptNeoXAttention(long headSize, LinearFactory linear, string path, int layer)
            : base(nameof(GptNeoXAttention))
        {
            query_key_value = linear($"{path}.query_key_value");
            dense = linear($"{path}.dense");
            (_headSize, _layer) = (headSize, layer);
            RegisterComponents();
        }

        public Tensor Forward(
            Tensor hidden, TokenPlaces places, Tensor? mask, (Tensor Cosine, Tensor Sine) tables)
        {
            using var scope = NewDisposeScope();
            // A head's query, key and value lie together: [head, (query, key, value), D].
            var states = places.Pad(query_key_value.forward(hidden));
            var fused = states.view(states.shape[0], states.shape[1], -1, 3, _headSize); // [B, T, H, 3, D]
            var query = Rotated(0); // [B, H, T, D]
            var key = Rotated(1); // [B, H, T, D]
            var value = fused.select(3, 2).transpose(1, 2); // [B, H, T, D]
            var attended = places.Attend(_layer, query, key, value, mask); // [B, H, T, D]
            var merged = attended.transpose(1, 2).flatten(2); // [B, T, H * D]
            return dense.forward(places.Unpad(merged)).MoveToOuterDisposeScope();

            Tensor Rotated(long part) =>
                RotaryEmbedding.ApplyByToken(fused.select(3, part).flatten(2).contiguous(), _headSize, tables);
        }
    }

    private sealed class GptNeoXMlp : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> dense_h_to_4h;
        private readonly Module<Tensor, Tensor> dense_4h_to_h;
        private readonly bool _approximates;

        public GptNeoXMlp(LinearFactory linear, string path, bool approximates)
            : base(nameof(GptNeoXMlp))
        {
            dense_h_to_4h = linear($"{path}.dense_h_to_4h");
            dense_4h_to_h = linear($"{path}.dense_4h_to_h");
            _approximates = approximates;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var wide = dense_h_to_4h.forward(input); // [B, T, W]
            var activated = _approximates ? functional.gelu(wide, Gelu.Approximate.tanh) : functional.gelu(wide);
            return dense_4h_to_h.forward(activated).MoveToOuterDisposeScope();
        }
    }
}
