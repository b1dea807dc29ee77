using System.Text.Json;
using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Runtime;
using LoNas.Weights;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Families;

/// <summary>The shape of a Granite, as its config.json gives it. Sizes in elements.</summary>
internal sealed record GraniteConfig
{
    /// <summary>What all decoders have.</summary>
    public required DecoderSizes Sizes { get; init; }

    /// <summary>What embeddings are multiplied by.</summary>
    public required double Embedding { get; init; }

    /// <summary>What products of queries and keys are multiplied by, in place of 1 / sqrt(D).</summary>
    public required double Attention { get; init; }

    /// <summary>What attention and MLP are multiplied by before they are added.</summary>
    public required double Residual { get; init; }

    /// <summary>What logits are divided by.</summary>
    public required double Logits { get; init; }

    /// <summary>Describes a model.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static ModelDescription Describe(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        // Two norms a layer.
        var sizes = DecoderSizes.Read(keys, "granite", new DecoderDefaults(), sizes => 2 * sizes.Model.HiddenSize);
        var config = new GraniteConfig
        {
            Sizes = sizes,
            Embedding = keys.Double("embedding_multiplier", 1),
            Attention = keys.Double("attention_multiplier", 1),
            Residual = keys.Double("residual_multiplier", 1),
            Logits = keys.Double("logits_scaling", 1),
        };
        bool bias = keys.Bool("attention_bias", false);
        bool mlpBias = keys.Bool("mlp_bias", false);
        keys.Require(
            config.Logits > 0, FormattableString.Invariant($"logits_scaling is {config.Logits}; expected one above 0"));
        keys.Require(keys.Text("hidden_act", "silu") == "silu", "hidden_act must be silu");
        keys.ThrowIfInvalid();
        return new ModelDescription
        {
            Layout = new LinearLayout { Config = sizes.Model, Linears = sizes.Linears(bias, bias, mlpBias) },
            Causal = (weights, linear) => Granite.Build(config, weights, linear),
            LlamaCpp = sizes.LlamaCpp with
            {
                Numbers = new Dictionary<string, double>
                {
                    ["embedding_scale"] = config.Embedding,
                    ["attention.scale"] = config.Attention,
                    ["residual_scale"] = config.Residual,
                    ["logit_scale"] = config.Logits,
                },
                // There, 0 means that nothing is multiplied.
                Obstacles = config is { Embedding: not 0, Attention: not 0, Residual: not 0 }
                    ? [] : ["a multiplier of 0"],
            },
        };
    }
}

/// <summary>
/// Granite (IBM, 2024): LLaMA's layers with a multiplier each for embeddings, scores, residuals and logits, as in
/// maximal update parametrisation (Yang et al., 2022).
/// </summary>
internal static class Granite
{
    /// <summary>
    /// Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.
    /// </summary>
    public static ICausalModel Build(GraniteConfig config, WeightMap weights, LinearFactory linear)
    {
        var sizes = config.Sizes;
        var rotary = new RotaryEmbedding(sizes.Model.HeadSize, sizes.RopeTheta, sizes.RopeScaling);
        // Held: a temporary one may be finalised while the native call reads it.
        Scalar embedding = config.Embedding, logits = config.Logits, residual = config.Residual;
        return new CausalDecoder<GraniteLayer>(
            sizes.Model, sizes.KeyValueHeads, weights, linear,
            layer => new GraniteLayer(config, weights, linear, layer, rotary, residual),
            "model.norm", path => new RmsNorm(weights, path, sizes.Model.HiddenSize, sizes.NormEpsilon), rotary)
        {
            OnEmbedding = states => states.mul(embedding),
            OnLogits = made => made.div(logits),
        };
    }

    private sealed class GraniteLayer : Module, IDecoderLayer
    {
        private readonly RmsNorm input_layernorm;
        private readonly SelfAttention self_attn;
        private readonly RmsNorm post_attention_layernorm;
        private readonly GatedMlp mlp;
        private readonly RotaryEmbedding _rotary;
        private readonly Scalar _residual;

        public GraniteLayer(
            GraniteConfig config, WeightMap weights, LinearFactory linear, int layer, RotaryEmbedding rotary,
            Scalar residual)
            : base(nameof(GraniteLayer))
        {
            var path = $"model.layers.{layer}";
            var (sizes, size) = (config.Sizes, config.Sizes.Model.HiddenSize);
            input_layernorm = new RmsNorm(weights, $"{path}.input_layernorm", size, sizes.NormEpsilon);
            self_attn = new SelfAttention(
                linear, $"{path}.self_attn", layer, sizes.Model.HeadSize,
                scores: new AttentionScores(config.Attention));
            post_attention_layernorm = new RmsNorm(
                weights, $"{path}.post_attention_layernorm", size, sizes.NormEpsilon);
            mlp = new GatedMlp(linear, $"{path}.mlp", SwiGlu.Of);
            (_rotary, _residual) = (rotary, residual);
            RegisterComponents();
        }

        public Func<Tensor, Tensor> In(DecoderPass pass)
        {
            var (mask, tables) = (pass.Mask(), pass.Tables(_rotary));
            return hidden =>
            {
                using var scope = NewDisposeScope();
                var attended = hidden.Plus(self_attn.Forward(
                    input_layernorm.forward(hidden), pass.Places, mask, tables).mul(_residual));
                return attended.Plus(mlp.forward(post_attention_layernorm.forward(attended)).mul(_residual))
                    .MoveToOuterDisposeScope();
            };
        }
    }
}
