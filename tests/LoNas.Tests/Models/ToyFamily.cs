using System.Text.Json;
using LoNas.Models;
using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Tests.Models;

/// <summary>
/// A model family that the program does not know, as CONTRIBUTING.md's recipe has it: what it reads of config.json, its
/// linear layers, its modules under the checkpoint's names, and its row.
/// </summary>
internal sealed record ToyConfig
{
    /// <summary>The row that <see cref="ModelFamilies.Register"/> takes.</summary>
    public static ModelFamily Family { get; } = new()
    {
        ModelType = "toy",
        Read = Describe,
        BlockPath = "steps",
        EmbeddingPath = "tokens",
        Targets = ["ask", "seek", "tell", "open", "fill", "close"],
        Cuts =
        [
            new(CutKind.Rank, "look", ["ask", "seek", "tell"]),
            new(CutKind.Mlp, "mix", ["open", "fill"], Consumer: "mix.close"),
            new(CutKind.Rank, "mix", ["open", "fill"]),
        ],
        Nncf = new NncfNames(
            "PeftModelForCausalLM/LoraModel[base_model]/ToyForCausalLM[model]/ModuleList[steps]/ToyStep",
            new Dictionary<string, string> { ["look"] = "ToyLook", ["mix"] = "ToyMix" }),
        Kept = new KeptActivations
        {
            Summed = ["answer", "close"],
            SharesInput = ["seek", "tell", "fill"],
            RepeatedHeads = ["seek", "tell"],
        },
    };

    public required ModelConfig Model { get; init; }

    public required IReadOnlyList<long>? IntermediateSizes { get; init; }

    private static ModelDescription Describe(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        var (hidden, heads) = (keys.Long("hidden_size"), keys.Long("heads"));
        var (layers, vocabulary) = (keys.LayerCount("depth"), keys.Long("vocab_size"));
        var config = new ToyConfig
        {
            IntermediateSizes = keys.Longs("intermediate_sizes", "depth"),
            Model = new ModelConfig
            {
                ModelType = "toy",
                HiddenSize = hidden,
                IntermediateSize = keys.Long("intermediate_size"),
                LayerCount = layers,
                HeadCount = heads,
                HeadSize = heads > 0 ? hidden / heads : 0,
                VocabularySize = vocabulary,
                MaxPositions = keys.Long("max_positions", 64),
                TieWordEmbeddings = false,
                OtherParameters = (vocabulary * hidden) + (((2 * layers) + 1) * hidden),
            },
        };
        keys.ThrowIfInvalid();
        return new ModelDescription
        {
            Layout = new LinearLayout { Config = config.Model, Linears = [.. config.Linears()] },
            Causal = (weights, linear) => new Toy(config.Model, weights, linear),
        };
    }

    private IEnumerable<LinearSize> Linears()
    {
        long hidden = Model.HiddenSize;
        for (int layer = 0; layer < Model.LayerCount; layer++)
        {
            long inner = IntermediateSizes?[layer] ?? Model.IntermediateSize;
            foreach (var name in new[] { "ask", "seek", "tell", "answer" })
            {
                yield return new LinearSize($"steps.{layer}.look.{name}", hidden, hidden);
            }

            yield return new LinearSize($"steps.{layer}.mix.open", hidden, inner, Bias: true);
            yield return new LinearSize($"steps.{layer}.mix.fill", hidden, inner);
            yield return new LinearSize($"steps.{layer}.mix.close", inner, hidden);
        }

        yield return new LinearSize(LinearLayout.LanguageHead, hidden, Model.VocabularySize);
    }
}

/// <summary>The model.</summary>
internal sealed class Toy : Module, ICausalModel
{
    private readonly TokenEmbedding tokens;
    private readonly ModuleList<ToyStep> steps;
    private readonly RmsNorm last;
    private readonly Module<Tensor, Tensor> lm_head;
    private readonly RotaryEmbedding _rotary;

    public Toy(ModelConfig sizes, WeightMap weights, LinearFactory linear)
        : base(nameof(Toy))
    {
        Device = weights.Device;
        CacheShape = new CacheShape(
            sizes.LayerCount, sizes.HeadCount, sizes.HeadSize, sizes.HiddenSize, sizes.VocabularySize);
        tokens = new TokenEmbedding(weights, "tokens", sizes.VocabularySize, sizes.HiddenSize);
        steps = new ModuleList<ToyStep>(Enumerable.Range(0, sizes.LayerCount)
            .Select(layer => new ToyStep(sizes, weights, linear, layer)).ToArray());
        last = new RmsNorm(weights, "last", sizes.HiddenSize, 1e-6);
        lm_head = linear(LinearLayout.LanguageHead);
        _rotary = new RotaryEmbedding(sizes.HeadSize, theta: 10000);
        RegisterComponents();
    }

    public IEnumerable<Parameter> Parameters => parameters();

    public Device Device { get; }

    public CacheShape CacheShape { get; }

    public Tensor Embed(Tensor inputIds) => tokens.forward(inputIds); // [B, T, H]

    public IReadOnlyList<Func<Tensor, Tensor>> Blocks(Tensor embedded, TokenPlaces places)
    {
        var tables = _rotary.Tables(places, embedded);
        var mask = places.Mask(embedded);
        return
        [
            .. steps.Select(step => (Func<Tensor, Tensor>)(hidden => step.Forward(hidden, tables, mask, places))),
            last.forward,
        ];
    }

    public Tensor Logits(Tensor hiddenStates) => lm_head.forward(hiddenStates); // [..., V]

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _rotary.Dispose();
        }

        base.Dispose(disposing);
    }

    private sealed class ToyStep : Module
    {
        private readonly RmsNorm norm;
        private readonly ToyLook look;
        private readonly RmsNorm second;
        private readonly ToyMix mix;

        public ToyStep(ModelConfig sizes, WeightMap weights, LinearFactory linear, int layer)
            : base(nameof(ToyStep))
        {
            var path = $"steps.{layer}";
            norm = new RmsNorm(weights, $"{path}.norm", sizes.HiddenSize, 1e-6);
            look = new ToyLook(sizes.HeadSize, linear, $"{path}.look", layer);
            second = new RmsNorm(weights, $"{path}.second", sizes.HiddenSize, 1e-6);
            mix = new ToyMix(linear, $"{path}.mix");
            RegisterComponents();
        }

        public Tensor Forward(Tensor hidden, (Tensor, Tensor) tables, Tensor? mask, TokenPlaces places)
        {
            using var scope = NewDisposeScope();
            var looked = hidden + look.Forward(norm.forward(hidden), tables, mask, places); // [B, T, H]
            return (looked + mix.forward(second.forward(looked))).MoveToOuterDisposeScope();
        }
    }

    private sealed class ToyLook : Module
    {
        private readonly Module<Tensor, Tensor> ask;
        private readonly Module<Tensor, Tensor> seek;
        private readonly Module<Tensor, Tensor> tell;
        private readonly Module<Tensor, Tensor> answer;
        private readonly long _headSize;
        private readonly int _layer;

        public ToyLook(long headSize, LinearFactory linear, string path, int layer)
            : base(nameof(ToyLook))
        {
            ask = linear($"{path}.ask");
            seek = linear($"{path}.seek");
            tell = linear($"{path}.tell");
            answer = linear($"{path}.answer");
            (_headSize, _layer) = (headSize, layer);
            RegisterComponents();
        }

        public Tensor Forward(Tensor hidden, (Tensor, Tensor) tables, Tensor? mask, TokenPlaces places)
        {
            using var scope = NewDisposeScope();
            var (asked, sought) = (places.Pad(ask.forward(hidden)), places.Pad(seek.forward(hidden))); // [B, T, H * D]
            var query = RotaryEmbedding.ApplyByToken(asked, _headSize, tables); // [B, H, T, D]
            var key = RotaryEmbedding.ApplyByToken(sought, _headSize, tables); // [B, H, T, D]
            var value = places.Pad(tell.forward(hidden)); // [B, T, H * D]
            value = value.view(value.shape[0], value.shape[1], -1, _headSize).transpose(1, 2); // [B, H, T, D]
            var attended = places.Attend(_layer, query, key, value, mask).transpose(1, 2).flatten(2); // [B, T, H * D]
            return answer.forward(places.Unpad(attended)).MoveToOuterDisposeScope();
        }
    }

    private sealed class ToyMix : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> open;
        private readonly Module<Tensor, Tensor> fill;
        private readonly Module<Tensor, Tensor> close;

        public ToyMix(LinearFactory linear, string path)
            : base(nameof(ToyMix))
        {
            open = linear($"{path}.open");
            fill = linear($"{path}.fill");
            close = linear($"{path}.close");
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return close.forward(SwiGlu.Of(open.forward(input), fill.forward(input))).MoveToOuterDisposeScope();
        }
    }
}
