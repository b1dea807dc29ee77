using System.Text.Json;
using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Runtime;
using LoNas.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Families;

/// <summary>The shape of a Qwen3, as its config.json gives it. Sizes in elements.</summary>
internal sealed record Qwen3Config
{
    private const long DefaultWindow = 4096;

    private static readonly DecoderDefaults Defaults = new() { HeadSize = 128, KeyValueHeads = 32, Positions = 32768 };

    /// <summary>What all decoders have.</summary>
    public required DecoderSizes Sizes { get; init; }

    /// <summary>Whether the attention's projections have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Latest positions that a query looks back to, by layer; null for all.</summary>
    public required IReadOnlyList<long?> Windows { get; init; }

    /// <summary>Describes a model.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static ModelDescription Describe(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        // Two norms a layer, and one over a head's queries and keys each.
        var sizes = DecoderSizes.Read(
            keys, "qwen3", Defaults, sizes => 2 * (sizes.Model.HiddenSize + sizes.Model.HeadSize));
        long? window = keys.Bool("use_sliding_window", false) && !keys.IsNull("sliding_window")
            ? keys.Long("sliding_window", DefaultWindow) : null;
        var config = new Qwen3Config
        {
            Sizes = sizes,
            AttentionBias = keys.Bool("attention_bias", false),
            Windows = LayerWindows.ReadFrom(keys, sizes.Model.LayerCount, window),
        };
        keys.Require(keys.Text("hidden_act", "silu") == "silu", "hidden_act must be silu");
        keys.ThrowIfInvalid();
        return new ModelDescription
        {
            Layout = new LinearLayout
            {
                Config = sizes.Model,
                Linears = sizes.Linears(config.AttentionBias, config.AttentionBias),
            },
            Causal = (weights, linear) => Qwen3.Build(config, weights, linear),
            LlamaCpp = sizes.LlamaCpp with { Windows = config.Windows },
        };
    }
}

/// <summary>
/// Qwen3 (Yang et al., 2025): LLaMA's layers, with a norm over each head's queries and keys before they are rotated.
/// </summary>
internal static class Qwen3
{
    /// <summary>
    /// Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.
    /// </summary>
    public static ICausalModel Build(Qwen3Config config, WeightMap weights, LinearFactory linear)
    {
        var sizes = config.Sizes;
        var rotary = new RotaryEmbedding(sizes.Model.HeadSize, sizes.RopeTheta, sizes.RopeScaling);
        return new CausalDecoder<Qwen3Layer>(
            sizes.Model, sizes.KeyValueHeads, weights, linear,
            layer => new Qwen3Layer(config, weights, linear, layer, rotary),
            "model.norm", path => new RmsNorm(weights, path, sizes.Model.HiddenSize, sizes.NormEpsilon), rotary);
    }

    private sealed class Qwen3Layer : Module, IDecoderLayer
    {
        private readonly RmsNorm input_layernorm;
        private readonly SelfAttention self_attn;
        private readonly RmsNorm post_attention_layernorm;
        private readonly GatedMlp mlp;
        private readonly RotaryEmbedding _rotary;
        private readonly long? _window;

        public Qwen3Layer(
            Qwen3Config config, WeightMap weights, LinearFactory linear, int layer, RotaryEmbedding rotary)
            : base(nameof(Qwen3Layer))
        {
            var path = $"model.layers.{layer}";
            var (sizes, size, head) = (config.Sizes, config.Sizes.Model.HiddenSize, config.Sizes.Model.HeadSize);
            input_layernorm = Norm("input_layernorm", size);
            self_attn = new SelfAttention(
                linear, $"{path}.self_attn", layer, head,
                Norm("self_attn.q_norm", head), Norm("self_attn.k_norm", head));
            post_attention_layernorm = Norm("post_attention_layernorm", size);
            mlp = new GatedMlp(linear, $"{path}.mlp", SwiGlu.Of);
            (_rotary, _window) = (rotary, config.Windows[layer]);
            RegisterComponents();

            RmsNorm Norm(string name, long width) => new(weights, $"{path}.{name}", width, sizes.NormEpsilon);
        }

        public Func<Tensor, Tensor> In(DecoderPass pass)
        {
            var (mask, tables) = (pass.Mask(_window), pass.Tables(_rotary));
            return hidden =>
            {
                using var scope = NewDisposeScope();
                var attended = hidden.Plus(
                    self_attn.Forward(input_layernorm.forward(hidden), pass.Places, mask, tables));
                return attended.Plus(mlp.forward(post_attention_layernorm.forward(attended)))
                    .MoveToOuterDisposeScope();
            };
        }
    }
}
