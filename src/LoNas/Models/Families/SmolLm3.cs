using System.Text.Json;
using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Runtime;
using LoNas.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Families;

/// <summary>The shape of a SmolLM3, as its config.json gives it. Sizes in elements.</summary>
internal sealed record SmolLm3Config
{
    private const int DefaultInterval = 4;

    private static readonly DecoderDefaults Defaults =
        new() { Ties = true, KeyValueHeads = 4, Positions = 32768, RopeTheta = 2_000_000 };

    /// <summary>What all decoders have.</summary>
    public required DecoderSizes Sizes { get; init; }

    /// <summary>Whether a layer rotates its queries and keys, by layer.</summary>
    public required IReadOnlyList<bool> Rotates { get; init; }

    /// <summary>Latest positions that a query looks back to, by layer; null for all.</summary>
    public required IReadOnlyList<long?> Windows { get; init; }

    /// <summary>Describes a model.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static ModelDescription Describe(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        // Two norms a layer.
        var sizes = DecoderSizes.Read(keys, "smollm3", Defaults, sizes => 2 * sizes.Model.HiddenSize);
        int layers = sizes.Model.LayerCount;
        long interval = keys.Long("no_rope_layer_interval", DefaultInterval);
        var rotates = keys.Flags("no_rope_layers", layers)
            ?? [.. Enumerable.Range(1, layers).Select(layer => interval > 0 && layer % interval != 0)];
        long? window = keys.Bool("use_sliding_window", false) && keys.Has("sliding_window")
            ? keys.Long("sliding_window") : null;
        var config = new SmolLm3Config
        {
            Sizes = sizes,
            Rotates = rotates,
            Windows = LayerWindows.Read(keys, layers, window, layer => !rotates[layer]),
        };
        bool bias = keys.Bool("attention_bias", false);
        keys.Require(keys.Text("hidden_act", "silu") == "silu", "hidden_act must be silu");
        bool mlpBias = keys.Bool("mlp_bias", false);
        keys.ThrowIfInvalid();
        return new ModelDescription
        {
            Layout = new LinearLayout { Config = sizes.Model, Linears = sizes.Linears(bias, bias, mlpBias) },
            Causal = (weights, linear) => SmolLm3.Build(config, weights, linear),
            LlamaCpp = sizes.LlamaCpp with { Windows = config.Windows, Obstacles = [.. InLlamaCpp(rotates)] },
        };
    }

    /// <summary>llama.cpp has no key for the layers without rotary positions: they are every fourth.</summary>
    private static IEnumerable<string> InLlamaCpp(IReadOnlyList<bool> rotates)
    {
        if (rotates.Index().Any(layer => layer.Item == ((layer.Index + 1) % DefaultInterval == 0)))
        {
            yield return "other layers without rotary positions than every fourth (no_rope_layers)";
        }
    }
}

/// <summary>
/// SmolLM3 (Hugging Face, 2025): LLaMA's layers, some of which have no rotary positions (Yang et al., 2025, "Rope to
/// Nope and Back Again").
/// </summary>
internal static class SmolLm3
{
    /// <summary>
    /// Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.
    /// </summary>
    public static ICausalModel Build(SmolLm3Config config, WeightMap weights, LinearFactory linear)
    {
        var sizes = config.Sizes;
        var rotary = new RotaryEmbedding(sizes.Model.HeadSize, sizes.RopeTheta, sizes.RopeScaling);
        return new CausalDecoder<SmolLm3Layer>(
            sizes.Model, sizes.KeyValueHeads, weights, linear,
            layer => new SmolLm3Layer(config, weights, linear, layer, config.Rotates[layer] ? rotary : null),
            "model.norm", path => new RmsNorm(weights, path, sizes.Model.HiddenSize, sizes.NormEpsilon), rotary);
    }

    private sealed class SmolLm3Layer : Module, IDecoderLayer
    {
        private readonly RmsNorm input_layernorm;
        private readonly SelfAttention self_attn;
        private readonly RmsNorm post_attention_layernorm;
        private readonly GatedMlp mlp;
        private readonly RotaryEmbedding? _rotary;
        private readonly long? _window;

        /// <param name="config">The model's shape.</param>
        /// <param name="weights">The checkpoint.</param>
        /// <param name="linear">Makes linear layers.</param>
        /// <param name="layer">The layer's index.</param>
        /// <param name="rotary">Its rotary positions; null for none.</param>
        public SmolLm3Layer(
            SmolLm3Config config, WeightMap weights, LinearFactory linear, int layer, RotaryEmbedding? rotary)
            : base(nameof(SmolLm3Layer))
        {
            var path = $"model.layers.{layer}";
            var (sizes, size) = (config.Sizes, config.Sizes.Model.HiddenSize);
            input_layernorm = new RmsNorm(weights, $"{path}.input_layernorm", size, sizes.NormEpsilon);
            self_attn = new SelfAttention(linear, $"{path}.self_attn", layer, sizes.Model.HeadSize);
            post_attention_layernorm = new RmsNorm(
                weights, $"{path}.post_attention_layernorm", size, sizes.NormEpsilon);
            mlp = new GatedMlp(linear, $"{path}.mlp", SwiGlu.Of);
            (_rotary, _window) = (rotary, config.Windows[layer]);
            RegisterComponents();
        }

        public Func<Tensor, Tensor> In(DecoderPass pass)
        {
            var mask = pass.Mask(_window);
            (Tensor, Tensor)? tables = _rotary is null ? null : pass.Tables(_rotary);
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
