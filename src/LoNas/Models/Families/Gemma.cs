using System.Text.Json;
using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Runtime;
using LoNas.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Families;

/// <summary>The shape of a Gemma, as its config.json gives it.</summary>
internal static class GemmaConfig
{
    private static readonly DecoderDefaults Defaults = new()
    {
        Ties = true,
        HeadSize = 256,
        KeyValueHeads = 16,
        Positions = 8192,
    };

    /// <summary>Describes a model.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static ModelDescription Describe(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        // Two norms a layer.
        var sizes = DecoderSizes.Read(keys, "gemma", Defaults, sizes => 2 * sizes.Model.HiddenSize);
        bool bias = keys.Bool("attention_bias", false);
        var activation = keys.Text("hidden_act", "gelu_pytorch_tanh");
        keys.Require(
            activation is "gelu" or "gelu_pytorch_tanh",
            $"hidden_act is '{activation}', which is not supported; expected gelu_pytorch_tanh");
        GemmaParts.RequireSupported(keys);
        keys.ThrowIfInvalid();
        return new ModelDescription
        {
            Layout = new LinearLayout { Config = sizes.Model, Linears = sizes.Linears(bias, bias) },
            Causal = (weights, linear) => Gemma.Build(sizes, weights, linear),
            LlamaCpp = sizes.LlamaCpp,
            // The files of the first releases say gelu where its approximation was trained.
            Notices = activation == "gelu" && !keys.Has("hidden_activation")
                ? [$"The {origin} has the hidden_act 'gelu' and no hidden_activation: its approximation with tanh is "
                    + "computed, with which Gemma was trained; newer releases of Transformers compute gelu itself"]
                : [],
        };
    }
}

/// <summary>
/// Gemma (Gemma Team, 2024): LLaMA's layers with scaled embeddings, gains that are stored less 1, a gate of GELU and
/// heads of a size of their own.
/// </summary>
internal static class Gemma
{
    /// <summary>
    /// Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.
    /// </summary>
    public static ICausalModel Build(DecoderSizes sizes, WeightMap weights, LinearFactory linear)
    {
        var rotary = new RotaryEmbedding(sizes.Model.HeadSize, sizes.RopeTheta, sizes.RopeScaling);
        return new CausalDecoder<GemmaLayer>(
            sizes.Model, sizes.KeyValueHeads, weights, linear,
            layer => new GemmaLayer(sizes, weights, linear, layer, rotary),
            "model.norm", path => GemmaParts.Norm(weights, path, sizes.Model.HiddenSize, sizes.NormEpsilon), rotary)
        {
            OnEmbedding = GemmaParts.EmbeddingScale(sizes.Model.HiddenSize, weights.DType),
        };
    }

    private sealed class GemmaLayer : Module, IDecoderLayer
    {
        private readonly WideRmsNorm input_layernorm;
        private readonly SelfAttention self_attn;
        private readonly WideRmsNorm post_attention_layernorm;
        private readonly GatedMlp mlp;
        private readonly RotaryEmbedding _rotary;

        public GemmaLayer(
            DecoderSizes sizes, WeightMap weights, LinearFactory linear, int layer, RotaryEmbedding rotary)
            : base(nameof(GemmaLayer))
        {
            var path = $"model.layers.{layer}";
            input_layernorm = Norm("input_layernorm");
            self_attn = new SelfAttention(linear, $"{path}.self_attn", layer, sizes.Model.HeadSize);
            post_attention_layernorm = Norm("post_attention_layernorm");
            mlp = new GatedMlp(linear, $"{path}.mlp", GeGlu.Of);
            _rotary = rotary;
            RegisterComponents();

            WideRmsNorm Norm(string name) =>
                GemmaParts.Norm(weights, $"{path}.{name}", sizes.Model.HiddenSize, sizes.NormEpsilon);
        }

        public Func<Tensor, Tensor> In(DecoderPass pass)
        {
            var (mask, tables) = (pass.Mask(), pass.Tables(_rotary));
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
