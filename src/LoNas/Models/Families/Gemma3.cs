using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Runtime;
using LoNas.Storage;
using LoNas.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Families;

/// <summary>The shape of a Gemma 3's text part, as its config.json gives it. Sizes in elements.</summary>
internal sealed record Gemma3Config
{
    /// <summary>The family's name in config.json.</summary>
    public const string Name = "gemma3_text";

    private const long DefaultWindow = 4096;

    /// <summary>Layers of the largest Gemma 3, whose scores llama.cpp scales by another rule.</summary>
    private const int Largest = 62;
    private const long DefaultPattern = 6;
    private const string Parameters = "rope_parameters";
    private const string Full = "full_attention";
    private const string Sliding = "sliding_attention";

    // The whole model's file leaves out the sizes of its text part that are these.
    private static readonly DecoderDefaults Defaults = new()
    {
        Ties = true,
        Sizes = (2304, 9216, 26, 8, 262_208),
        HeadSize = 256,
        KeyValueHeads = 4,
        Positions = 131_072,
        RopeTheta = 1_000_000,
    };

    /// <summary>What all decoders have; the rotary positions are those of layers without a window.</summary>
    public required DecoderSizes Sizes { get; init; }

    /// <summary>Base and stretching of the rotary frequencies in layers with a window.</summary>
    public required (double Theta, RopeScaling? Scaling) Local { get; init; }

    /// <summary>Whether the attention's projections have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>How scores are scaled; the attn_logit_softcapping is read by nothing, as in Transformers.</summary>
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
            Causal = (weights, linear) => Gemma3.Build(config, weights, linear),
            LlamaCpp = config.Sizes.LlamaCpp with
            {
                Windows = config.Windows,
                Scaled = GemmaParts.InLlamaCpp("self_attn.q_norm", config.Scores.Scale, config.Sizes.Model, Largest),
                Numbers = new Dictionary<string, double>
                {
                    ["rope.freq_base_swa"] = config.Local.Theta,
                    // There, 0 is none.
                    ["final_logit_softcapping"] = config.LogitsCap ?? 0,
                },
                Obstacles = [.. config.LacksInLlamaCpp()],
            },
        };
    }

    /// <summary>llama.cpp stretches the layers without a window, and linearly alone.</summary>
    private IEnumerable<string> LacksInLlamaCpp()
    {
        if (Sizes.RopeScaling is { Type: not RopeScaling.Linear } scaling)
        {
            yield return $"rotary positions scaled as {scaling.Type}";
        }

        if (Local.Scaling is not null)
        {
            yield return "rotary positions that are scaled in layers with a window";
        }
    }

    /// <summary>Reads config.json's keys.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static Gemma3Config Read(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        var rope = keys.Object(Parameters);
        keys.Require(
            rope is null || rope.Has(Full) || rope.Has(Sliding), $"{Parameters} has neither {Full} nor {Sliding}");
        // Four norms a layer, and one over a head's queries and keys each.
        var sizes = DecoderSizes.Read(
            keys.Over(WithRope(json, Full)), Name, Defaults,
            sizes => (4 * sizes.Model.HiddenSize) + (2 * sizes.Model.HeadSize));
        var local = keys.Over(WithRope(json, Sliding));
        keys.Require(!keys.IsNull("sliding_window"), "sliding_window is null; expected a positive integer");
        long window = keys.Long("sliding_window", DefaultWindow);
        long pattern = keys.Long("sliding_window_pattern", keys.Long("_sliding_window_pattern", DefaultPattern));
        var config = new Gemma3Config
        {
            Sizes = sizes,
            AttentionBias = keys.Bool("attention_bias", false),
            Local = (RopeKeys.ReadTheta(local), RopeKeys.Read(local, sizes.Model.MaxPositions, sizes.Model.HeadSize)),
            Scores = new AttentionScores(1 / Math.Sqrt(keys.Bound("query_pre_attn_scalar", 256) ?? 256)),
            LogitsCap = keys.Bound("final_logit_softcapping", null),
            Windows = LayerWindows.Read(
                keys, sizes.Model.LayerCount, window, layer => pattern > 0 && (layer + 1) % pattern != 0),
        };
        GemmaParts.RequireSupported(keys);
        keys.ThrowIfInvalid();
        return config;
    }

    /// <summary>
    /// The keys with the rotary positions of one kind of layers as a model has them that has one kind. Transformers 5
    /// writes an object for each kind; before, a base beside the usual one was of the layers with a window, and the
    /// scaling of the others.
    /// </summary>
    private static JsonElement WithRope(JsonElement json, string kind)
    {
        var keys = json.ToNode()!.AsObject();
        if (keys[Parameters] is JsonObject byKind)
        {
            keys[Parameters] = byKind[kind]?.DeepClone();
        }

        if (kind == Sliding)
        {
            keys["rope_theta"] = keys["rope_local_base_freq"]?.DeepClone();
            keys["rope_scaling"] = null;
        }

        return JsonSerializer.SerializeToElement(keys);
    }
}

/// <summary>
/// Gemma 3 (Gemma Team, 2025): Gemma 2 with norms over each head's queries and keys in place of bounded scores, and
/// rotary positions of their own in the layers that look back to a window.
/// </summary>
internal static class Gemma3
{
    /// <summary>
    /// Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.
    /// </summary>
    public static ICausalModel Build(Gemma3Config config, WeightMap weights, LinearFactory linear)
    {
        var sizes = config.Sizes;
        var full = new RotaryEmbedding(sizes.Model.HeadSize, sizes.RopeTheta, sizes.RopeScaling);
        var local = new RotaryEmbedding(sizes.Model.HeadSize, config.Local.Theta, config.Local.Scaling);
        return new CausalDecoder<Gemma3Layer>(
            sizes.Model, sizes.KeyValueHeads, weights, linear,
            layer => new Gemma3Layer(
                config, weights, linear, layer, config.Windows[layer] is null ? full : local),
            "model.norm", path => GemmaParts.Norm(weights, path, sizes.Model.HiddenSize, sizes.NormEpsilon),
            full, local)
        {
            OnEmbedding = GemmaParts.EmbeddingScale(sizes.Model.HiddenSize, weights.DType),
            OnLogits = GemmaParts.LogitsCap(config.LogitsCap),
        };
    }

    private sealed class Gemma3Layer : Module, IDecoderLayer
    {
        private readonly WideRmsNorm input_layernorm;
        private readonly SelfAttention self_attn;
        private readonly WideRmsNorm post_attention_layernorm;
        private readonly WideRmsNorm pre_feedforward_layernorm;
        private readonly GatedMlp mlp;
        private readonly WideRmsNorm post_feedforward_layernorm;
        private readonly RotaryEmbedding _rotary;
        private readonly long? _window;

        public Gemma3Layer(
            Gemma3Config config, WeightMap weights, LinearFactory linear, int layer, RotaryEmbedding rotary)
            : base(nameof(Gemma3Layer))
        {
            var path = $"model.layers.{layer}";
            var (sizes, size, head) = (config.Sizes, config.Sizes.Model.HiddenSize, config.Sizes.Model.HeadSize);
            input_layernorm = Norm("input_layernorm", size);
            self_attn = new SelfAttention(
                linear, $"{path}.self_attn", layer, head,
                Norm("self_attn.q_norm", head), Norm("self_attn.k_norm", head),
                config.Scores);
            post_attention_layernorm = Norm("post_attention_layernorm", size);
            pre_feedforward_layernorm = Norm("pre_feedforward_layernorm", size);
            mlp = new GatedMlp(linear, $"{path}.mlp", GeGlu.Of);
            post_feedforward_layernorm = Norm("post_feedforward_layernorm", size);
            (_rotary, _window) = (rotary, config.Windows[layer]);
            RegisterComponents();

            WideRmsNorm Norm(string name, long width) =>
                GemmaParts.Norm(weights, $"{path}.{name}", width, sizes.NormEpsilon);
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
