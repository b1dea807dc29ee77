using System.Text.Json;
using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Runtime;
using LoNas.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Families;

/// <summary>The shape of a LLaMA, Mistral or Qwen2, as its config.json gives it. Sizes in elements.</summary>
internal sealed record LlamaConfig
{
    private const string Mistral = "mistral";
    private const string Qwen2 = "qwen2";
    private const long DefaultWindow = 4096;

    /// <summary>What all decoders have.</summary>
    public required DecoderSizes Sizes { get; init; }

    /// <summary>Whether the projections of queries, keys and values have biases; Qwen2's always do.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the attention's output projection has a bias.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Whether the MLP's linears have biases.</summary>
    public bool MlpBias { get; init; }

    /// <summary>Latest positions that a query looks back to, by layer; null for all.</summary>
    public required IReadOnlyList<long?> Windows { get; init; }

    /// <summary>Describes a model.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static ModelDescription Describe(JsonElement json, string origin)
    {
        var config = Read(json, origin);
        var sizes = config.Sizes;
        return new ModelDescription
        {
            Layout = new LinearLayout
            {
                Config = sizes.Model,
                Linears = sizes.Linears(config.AttentionBias, config.OutputBias, config.MlpBias),
            },
            Causal = (weights, linear) => Llama.Build(config, weights, linear),
            LlamaCpp = sizes.LlamaCpp with { Windows = config.Windows },
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
        bool bias = keys.Bool("attention_bias", false);
        // Two norms a layer.
        var sizes = DecoderSizes.Read(keys, type, Defaults(type), sizes => 2 * sizes.Model.HiddenSize);
        var config = new LlamaConfig
        {
            Sizes = sizes,
            AttentionBias = type == Qwen2 || bias,
            OutputBias = type != Qwen2 && bias,
            MlpBias = keys.Bool("mlp_bias", false),
            Windows = ReadWindows(keys, type, sizes.Model.LayerCount),
        };
        keys.Require(keys.Text("hidden_act", "silu") == "silu", "hidden_act must be silu");
        keys.ThrowIfInvalid();
        return config;
    }

    private static DecoderDefaults Defaults(string type) => type switch
    {
        Mistral => new() { KeyValueHeads = 8, Positions = 131072 },
        Qwen2 => new() { KeyValueHeads = 32, Positions = 32768 },
        _ => new(),
    };

    /// <summary>
    /// Mistral slides in all layers, Qwen2 in those from max_window_layers on. Transformers takes the default window
    /// where the key is absent, and none where it is null.
    /// </summary>
    private static IReadOnlyList<long?> ReadWindows(ConfigReader keys, string type, int layers)
    {
        bool slides = type == Mistral || (type == Qwen2 && keys.Bool("use_sliding_window", false));
        long? window = slides && !keys.IsNull("sliding_window") ? keys.Long("sliding_window", DefaultWindow) : null;
        if (type == Mistral)
        {
            return [.. Enumerable.Repeat(window, layers)];
        }

        keys.Require(
            type == Qwen2 || !keys.Bool("use_sliding_window", false), $"use_sliding_window must be false for {type}");
        return LayerWindows.ReadFrom(keys, layers, window);
    }
}

/// <summary>
/// LLaMA (Touvron et al., 2023; grouped-query attention as in LLaMA 2) with the parameter names of Transformers'
/// LlamaForCausalLM. Mistral and Qwen2 are the same model with sliding windows and with biases.
/// </summary>
internal static class Llama
{
    /// <summary>
    /// Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.
    /// </summary>
    public static ICausalModel Build(LlamaConfig config, WeightMap weights, LinearFactory linear)
    {
        var sizes = config.Sizes;
        var rotary = new RotaryEmbedding(sizes.Model.HeadSize, sizes.RopeTheta, sizes.RopeScaling);
        return new CausalDecoder<LlamaLayer>(
            sizes.Model, sizes.KeyValueHeads, weights, linear,
            layer => new LlamaLayer(config, weights, linear, layer, rotary),
            "model.norm", path => new RmsNorm(weights, path, sizes.Model.HiddenSize, sizes.NormEpsilon), rotary);
    }

    private sealed class LlamaLayer : Module, IDecoderLayer
    {
        private readonly RmsNorm input_layernorm;
        private readonly SelfAttention self_attn;
        private readonly RmsNorm post_attention_layernorm;
        private readonly GatedMlp mlp;
        private readonly RotaryEmbedding _rotary;
        private readonly long? _window;

        public LlamaLayer(
            LlamaConfig config, WeightMap weights, LinearFactory linear, int layer, RotaryEmbedding rotary)
            : base(nameof(LlamaLayer))
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
