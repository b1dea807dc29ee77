using System.Text.Json;
using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Runtime;
using LoNas.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Families;

/// <summary>The shape of a Phi-3, Phi-3.5 or Phi-4, as its config.json gives it. Sizes in elements.</summary>
internal sealed record Phi3Config
{
    private static readonly DecoderDefaults Defaults =
        new() { Positions = 4096, OriginalPositions = 4096, NormEpsilon = 1e-5, RotaryPart = 1 };

    /// <summary>What all decoders have.</summary>
    public required DecoderSizes Sizes { get; init; }

    /// <summary>Latest positions that a query looks back to in every layer; null for all.</summary>
    public long? Window { get; init; }

    /// <summary>The linear layers: queries, keys and values are one matrix, and gate and up another.</summary>
    private IReadOnlyList<LinearSize> Linears => Sizes.WithHead(layer =>
    [
        new($"{layer.Path}.self_attn.qkv_proj", Sizes.Model.HiddenSize, Sizes.QueryWidth + (2 * Sizes.KeyWidth)),
        new($"{layer.Path}.self_attn.o_proj", Sizes.QueryWidth, Sizes.Model.HiddenSize),
        new($"{layer.Path}.mlp.gate_up_proj", Sizes.Model.HiddenSize, 2 * layer.Inner, Parts: 2),
        new($"{layer.Path}.mlp.down_proj", layer.Inner, Sizes.Model.HiddenSize),
    ]);

    /// <summary>Describes a model.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static ModelDescription Describe(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        // Two norms a layer.
        var sizes = DecoderSizes.Read(keys, "phi3", Defaults, sizes => 2 * sizes.Model.HiddenSize);
        var config = new Phi3Config
        {
            Sizes = sizes,
            Window = keys.Has("sliding_window") ? keys.Long("sliding_window") : null,
        };
        keys.Require(keys.Text("hidden_act", "silu") == "silu", "hidden_act must be silu");
        keys.ThrowIfInvalid();
        return new ModelDescription
        {
            Layout = new LinearLayout { Config = sizes.Model, Linears = config.Linears },
            Causal = (weights, linear) => Phi3.Build(config, weights, linear),
            LlamaCpp = sizes.LlamaCpp with
            {
                Windows = [.. Enumerable.Repeat(config.Window, sizes.Model.LayerCount)],
            },
        };
    }
}

/// <summary>
/// Phi-3 (Abdin et al., 2024): LLaMA's layers with one matrix for queries, keys and values and one for gate and up, and
/// where the configuration says so a part of each head without positions.
/// </summary>
internal static class Phi3
{
    /// <summary>
    /// Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.
    /// </summary>
    public static ICausalModel Build(Phi3Config config, WeightMap weights, LinearFactory linear)
    {
        var sizes = config.Sizes;
        var rotary = new RotaryEmbedding(sizes.RotarySize, sizes.RopeTheta, sizes.RopeScaling);
        return new CausalDecoder<Phi3Layer>(
            sizes.Model, sizes.KeyValueHeads, weights, linear,
            layer => new Phi3Layer(config, weights, linear, layer, rotary),
            "model.norm", path => new RmsNorm(weights, path, sizes.Model.HiddenSize, sizes.NormEpsilon), rotary);
    }

    private sealed class Phi3Layer : Module, IDecoderLayer
    {
        private readonly RmsNorm input_layernorm;
        private readonly Phi3Attention self_attn;
        private readonly RmsNorm post_attention_layernorm;
        private readonly Phi3Mlp mlp;
        private readonly RotaryEmbedding _rotary;
        private readonly long? _window;

        public Phi3Layer(
            Phi3Config config, WeightMap weights, LinearFactory linear, int layer, RotaryEmbedding rotary)
            : base(nameof(Phi3Layer))
        {
            var path = $"model.layers.{layer}";
            var (sizes, size) = (config.Sizes, config.Sizes.Model.HiddenSize);
            input_layernorm = new RmsNorm(weights, $"{path}.input_layernorm", size, sizes.NormEpsilon);
            self_attn = new Phi3Attention(sizes, linear, $"{path}.self_attn", layer);
            post_attention_layernorm = new RmsNorm(
                weights, $"{path}.post_attention_layernorm", size, sizes.NormEpsilon);
            mlp = new Phi3Mlp(linear, $"{path}.mlp");
            (_rotary, _window) = (rotary, config.Window);
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

    private sealed class Phi3Attention : Module
    {
        private readonly Module<Tensor, Tensor> qkv_proj;
        private readonly Module<Tensor, Tensor> o_proj;
        private readonly DecoderSizes _sizes;
        private readonly int _layer;

        public Phi3Attention(DecoderSizes sizes, LinearFactory linear, string path, int layer)
            : base(nameof(Phi3Attention))
        {
            qkv_proj = linear($"{path}.qkv_proj");
            o_proj = linear($"{path}.o_proj");
            (_sizes, _layer) = (sizes, layer);
            RegisterComponents();
        }

        public Tensor Forward(
            Tensor hidden, TokenPlaces places, Tensor? mask, (Tensor Cosine, Tensor Sine) tables)
        {
            using var scope = NewDisposeScope();
            var (queries, keys, head) = (_sizes.QueryWidth, _sizes.KeyWidth, _sizes.Model.HeadSize);
            var states = places.Pad(qkv_proj.forward(hidden)); // [B, T, (H + 2 Hkv) * D]
            var query = RotaryEmbedding.ApplyByToken(Part(0, queries).contiguous(), head, tables); // [B, H, T, D]
            var key = RotaryEmbedding.ApplyByToken(Part(queries, keys).contiguous(), head, tables); // [B, Hkv, T, D]
            var value = Part(queries + keys, keys).view(states.shape[0], states.shape[1], -1, head)
                .transpose(1, 2); // [B, Hkv, T, D]
            var attended = places.Attend(_layer, query, key, value, mask); // [B, H, T, D]
            var merged = attended.transpose(1, 2).flatten(2); // [B, T, H * D]
            return o_proj.forward(places.Unpad(merged)).MoveToOuterDisposeScope();

            Tensor Part(long first, long width) => states.narrow(-1, first, width);
        }
    }

    private sealed class Phi3Mlp : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> gate_up_proj;
        private readonly Module<Tensor, Tensor> down_proj;

        public Phi3Mlp(LinearFactory linear, string path)
            : base(nameof(Phi3Mlp))
        {
            gate_up_proj = linear($"{path}.gate_up_proj");
            down_proj = linear($"{path}.down_proj");
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var gated = SwiGlu.OfHalves(gate_up_proj.forward(input)); // [B, T, W]
            return down_proj.forward(gated).MoveToOuterDisposeScope();
        }
    }
}
