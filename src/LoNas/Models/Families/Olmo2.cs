using System.Text.Json;
using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Runtime;
using LoNas.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Families;

/// <summary>The shape of an OLMo 2, as its config.json gives it. Sizes in elements.</summary>
internal sealed record Olmo2Config
{
    private static readonly DecoderDefaults Defaults = new() { NormEpsilon = 1e-5 };

    /// <summary>What all decoders have.</summary>
    public required DecoderSizes Sizes { get; init; }

    /// <summary>Describes a model.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static ModelDescription Describe(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        // Two norms a layer, and one over all queries and all keys each.
        var sizes = DecoderSizes.Read(
            keys, "olmo2", Defaults, sizes => (2 * sizes.Model.HiddenSize) + sizes.QueryWidth + sizes.KeyWidth);
        bool bias = keys.Bool("attention_bias", false);
        keys.Require(keys.Text("hidden_act", "silu") == "silu", "hidden_act must be silu");
        keys.ThrowIfInvalid();
        var config = new Olmo2Config { Sizes = sizes };
        return new ModelDescription
        {
            Layout = new LinearLayout { Config = sizes.Model, Linears = sizes.Linears(bias, bias) },
            Causal = (weights, linear) => Olmo2.Build(config, weights, linear),
            LlamaCpp = sizes.LlamaCpp,
        };
    }
}

/// <summary>
/// OLMo 2 (Walsh et al., 2025): norms behind attention and MLP instead of before them, and norms over all queries and
/// all keys.
/// </summary>
internal static class Olmo2
{
    /// <summary>
    /// Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.
    /// </summary>
    public static ICausalModel Build(Olmo2Config config, WeightMap weights, LinearFactory linear)
    {
        var sizes = config.Sizes;
        var rotary = new RotaryEmbedding(sizes.Model.HeadSize, sizes.RopeTheta, sizes.RopeScaling, isWide: true);
        return new CausalDecoder<Olmo2Layer>(
            sizes.Model, sizes.KeyValueHeads, weights, linear,
            layer => new Olmo2Layer(sizes, weights, linear, layer, rotary),
            "model.norm", path => new WideRmsNorm(weights, path, sizes.Model.HiddenSize, sizes.NormEpsilon, offset: 0),
            rotary);
    }

    private sealed class Olmo2Layer : Module, IDecoderLayer
    {
        private readonly SelfAttention self_attn;
        private readonly WideRmsNorm post_attention_layernorm;
        private readonly GatedMlp mlp;
        private readonly WideRmsNorm post_feedforward_layernorm;
        private readonly RotaryEmbedding _rotary;

        public Olmo2Layer(
            DecoderSizes sizes, WeightMap weights, LinearFactory linear, int layer, RotaryEmbedding rotary)
            : base(nameof(Olmo2Layer))
        {
            var path = $"model.layers.{layer}";
            long size = sizes.Model.HiddenSize;
            self_attn = new SelfAttention(
                linear, $"{path}.self_attn", layer, sizes.Model.HeadSize,
                Norm("self_attn.q_norm", sizes.QueryWidth), Norm("self_attn.k_norm", sizes.KeyWidth));
            post_attention_layernorm = Norm("post_attention_layernorm", size);
            mlp = new GatedMlp(linear, $"{path}.mlp", SwiGlu.Of);
            post_feedforward_layernorm = Norm("post_feedforward_layernorm", size);
            _rotary = rotary;
            RegisterComponents();

            WideRmsNorm Norm(string name, long width) =>
                new(weights, $"{path}.{name}", width, sizes.NormEpsilon, offset: 0);
        }

        public Func<Tensor, Tensor> In(DecoderPass pass)
        {
            var (mask, tables) = (pass.Mask(), pass.Tables(_rotary));
            return hidden =>
            {
                using var scope = NewDisposeScope();
                var attended = hidden.Plus(post_attention_layernorm.forward(
                    self_attn.Forward(hidden, pass.Places, mask, tables)));
                return attended.Plus(post_feedforward_layernorm.forward(mlp.forward(attended)))
                    .MoveToOuterDisposeScope();
            };
        }
    }
}
