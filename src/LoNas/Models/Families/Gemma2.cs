using System.Text.Json;
using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Runtime;
using LoNas.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Families;

/// <summary>The shape of a Gemma 2, as its config.json gives it. Sizes in elements.</summary>
internal sealed record Gemma2Config
{
    private const long DefaultWindow = 4096;

    /// <summary>Layers of the largest Gemma 2, whose scores llama.cpp scales by another rule.</summary>
    private const int Largest = 46;

    /// <summary>A cap that changes nothing: llama.cpp always has one.</summary>
    private const double NoCap = 1e9;

    private static readonly DecoderDefaults Defaults = new()
    {
        Ties = true,
        HeadSize = 256,
        KeyValueHeads = 4,
        Positions = 8192,
    };

    /// <summary>What all decoders have.</summary>
    public required DecoderSizes Sizes { get; init; }

    /// <summary>Whether the attention's projections have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>How scores are scaled and bounded.</summary>
    public required AttentionScores Scores { get; init; }

    /// <summary>What bounds logits; null for nothing.</summary>
    public double? LogitsCap { get; init; }

    /// <summary>Latest positions that a query looks back to, by layer; null for all.</summary>
    public required IReadOnlyList<long?> Windows { get; init; }

    /// <summary>Describes a model.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static ModelDescription Describe(JsonElement json, string origin)
    {
        var config = Read(json, origin);
        return new ModelDescription
        {
            Layout = new LinearLayout
            {
                Config = config.Sizes.Model,
                Linears = config.Sizes.Linears(config.AttentionBias, config.AttentionBias),
            },
            Causal = (weights, linear) => Gemma2.Build(config, weights, linear),
            LlamaCpp = config.Sizes.LlamaCpp with
            {
                Windows = config.Windows,
                Scaled = GemmaParts.InLlamaCpp("self_attn.q_proj", config.Scores.Scale, config.Sizes.Model, Largest),
                Numbers = new Dictionary<string, double>
                {
                    ["attn_logit_softcapping"] = config.Scores.Cap ?? NoCap,
                    ["final_logit_softcapping"] = config.LogitsCap ?? NoCap,
                },
            },
        };
    }

    /// <summary>Reads config.json's keys.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static Gemma2Config Read(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        // Four norms a layer.
        var sizes = DecoderSizes.Read(keys, "gemma2", Defaults, sizes => 4 * sizes.Model.HiddenSize);
        long? window = keys.IsNull("sliding_window") ? null : keys.Long("sliding_window", DefaultWindow);
        var config = new Gemma2Config
        {
            Sizes = sizes,
            AttentionBias = keys.Bool("attention_bias", false),
            Scores = new AttentionScores(
                1 / Math.Sqrt(keys.Bound("query_pre_attn_scalar", 256) ?? 256),
                keys.Bound("attn_logit_softcapping", 50)),
            LogitsCap = keys.Bound("final_logit_softcapping", 30),
            Windows = LayerWindows.Read(keys, sizes.Model.LayerCount, window, layer => layer % 2 == 0),
        };
        GemmaParts.RequireSupported(keys);
        keys.ThrowIfInvalid();
        return config;
    }
}

/// <summary>
/// Gemma 2 (Gemma Team, 2024): Gemma with norms behind attention and MLP as well, bounded scores and logits, and every
/// other layer looking back to a window.
/// </summary>
internal static class Gemma2
{
    /// <summary>
    /// Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.
    /// </summary>
    public static ICausalModel Build(Gemma2Config config, WeightMap weights, LinearFactory linear)
    {
        var sizes = config.Sizes;
        var rotary = new RotaryEmbedding(sizes.Model.HeadSize, sizes.RopeTheta, sizes.RopeScaling);
        return new CausalDecoder<Gemma2Layer>(
            sizes.Model, sizes.KeyValueHeads, weights, linear,
            layer => new Gemma2Layer(config, weights, linear, layer, rotary),
            "model.norm", path => GemmaParts.Norm(weights, path, sizes.Model.HiddenSize, sizes.NormEpsilon), rotary)
        {
            OnEmbedding = GemmaParts.EmbeddingScale(sizes.Model.HiddenSize, weights.DType),
            OnLogits = GemmaParts.LogitsCap(config.LogitsCap),
        };
    }

    private sealed class Gemma2Layer : Module, IDecoderLayer
    {
        private readonly WideRmsNorm input_layernorm;
        private readonly SelfAttention self_attn;
        private readonly WideRmsNorm post_attention_layernorm;
        private readonly WideRmsNorm pre_feedforward_layernorm;
        private readonly GatedMlp mlp;
        private readonly WideRmsNorm post_feedforward_layernorm;
        private readonly RotaryEmbedding _rotary;
        private readonly long? _window;

        public Gemma2Layer(
            Gemma2Config config, WeightMap weights, LinearFactory linear, int layer, RotaryEmbedding rotary)
            : base(nameof(Gemma2Layer))
        {
            var path = $"model.layers.{layer}";
            var sizes = config.Sizes;
            input_layernorm = Norm("input_layernorm");
            self_attn = new SelfAttention(
                linear, $"{path}.self_attn", layer, sizes.Model.HeadSize, scores: config.Scores);
            post_attention_layernorm = Norm("post_attention_layernorm");
            pre_feedforward_layernorm = Norm("pre_feedforward_layernorm");
            mlp = new GatedMlp(linear, $"{path}.mlp", GeGlu.Of);
            post_feedforward_layernorm = Norm("post_feedforward_layernorm");
            (_rotary, _window) = (rotary, config.Windows[layer]);
            RegisterComponents();

            WideRmsNorm Norm(string name) =>
                GemmaParts.Norm(weights, $"{path}.{name}", sizes.Model.HiddenSize, sizes.NormEpsilon);
        }

        public Func<Tensor, Tensor> In(DecoderPass pass)
        {
            var (mask, tables) = (pass.Mask(_window), pass.Tables(_rotary));
            return hidden =>
            {
                using var scope = NewDisposeScope();
                var attended = hidden.Plus(post_attention_layernorm.forward(
                    self_attn.Forward(input_layernorm.forward(hidden), pass.Places, mask, tables)));
                return attended.Plus(post_feedforward_layernorm.forward(
                    mlp.forward(pre_feedforward_layernorm.forward(attended)))).MoveToOuterDisposeScope();
            };
        }
    }
}
