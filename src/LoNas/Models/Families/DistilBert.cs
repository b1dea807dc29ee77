using System.Text.Json;
using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Runtime;
using LoNas.Weights;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using LayerNorm = LoNas.Models.Layers.LayerNorm;

namespace LoNas.Models.Families;

/// <summary>The shape of a DistilBERT, as its config.json gives it. Sizes in elements.</summary>
internal sealed record DistilBertConfig
{
    private const string Head = "classifier";

    /// <summary>What all families have; the MLP's width is the largest where layers differ.</summary>
    public required ModelConfig Model { get; init; }

    /// <summary>Widths of the MLP by layer, as an extracted model has them; null where all are alike.</summary>
    public IReadOnlyList<long>? InnerSizes { get; init; }

    /// <summary>Attention heads that layers lack, as Transformers' <c>pruned_heads</c> lists them.</summary>
    public required IReadOnlyDictionary<int, int> PrunedHeads { get; init; }

    /// <summary>The share of elements dropped in training.</summary>
    public required (double Hidden, double Attention, double Classifier) Dropout { get; init; }

    /// <summary>Classes of the classifier: as many as <c>id2label</c> names, else <c>num_labels</c>, else 2.</summary>
    public required int LabelCount { get; init; }

    /// <summary>What the labels are; null where their number says it.</summary>
    public string? ProblemType { get; init; }

    private IEnumerable<LinearSize> Linears =>
    [
        .. Enumerable.Range(0, Model.LayerCount).SelectMany(Block),
        new("pre_classifier", Model.HiddenSize, Model.HiddenSize, Bias: true),
        new(Head, Model.HiddenSize, LabelCount, Bias: true),
    ];

    /// <summary>Describes a model.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static ModelDescription Describe(JsonElement json, string origin) => Describe(Read(json, origin));

    private static DistilBertConfig Read(JsonElement json, string origin)
    {
        var keys = new ConfigReader(json, origin);
        var (hidden, heads) = (keys.Long("dim"), keys.Long("n_heads"));
        int layers = keys.LayerCount("n_layers");
        var (vocabulary, positions) = (keys.Long("vocab_size"), keys.Long("max_position_embeddings", 512));
        bool areHeadsWhole = heads > 0 && hidden % heads == 0;
        var config = new DistilBertConfig
        {
            Model = new ModelConfig
            {
                ModelType = "distilbert",
                HiddenSize = hidden,
                IntermediateSize = keys.Long("hidden_dim"),
                LayerCount = layers,
                HeadCount = heads,
                HeadSize = areHeadsWhole ? hidden / heads : 0,
                VocabularySize = vocabulary,
                MaxPositions = positions,
                TieWordEmbeddings = false,
                // Two embeddings and their norm, two norms a layer, each with a bias.
                OtherParameters = hidden * (vocabulary + positions + (2 * ((2 * layers) + 1))),
            },
            InnerSizes = keys.Longs("intermediate_sizes", "n_layers"),
            PrunedHeads = keys.Counts("pruned_heads"),
            Dropout = (keys.Double("dropout", 0.1), keys.Double("attention_dropout", 0.1),
                keys.Double("seq_classif_dropout", 0.2)),
            LabelCount = keys.Count("id2label") ?? (int)keys.Long("num_labels", 2),
            ProblemType = ProblemTypes.Read(keys),
        };
        keys.Require(keys.Text("activation", "gelu") == "gelu", "activation must be gelu");
        keys.Require(
            new[] { config.Dropout.Hidden, config.Dropout.Attention, config.Dropout.Classifier }
                .All(p => p is >= 0 and < 1),
            "dropout, attention_dropout and seq_classif_dropout must be from 0 to below 1");
        keys.Require(areHeadsWhole, $"dim {hidden} is not a multiple of n_heads {heads}");
        keys.Require(
            config.PrunedHeads.All(entry => entry.Key < layers && entry.Value < heads),
            "pruned_heads must leave each layer a head, and name layers that there are");
        keys.ThrowIfInvalid();
        return config;
    }

    private static ModelDescription Describe(DistilBertConfig config) => new()
    {
        Layout = new LinearLayout { Config = config.Model, Linears = [.. config.Linears], TrainedHead = Head },
        Classifier = (weights, linear) => new DistilBert(config, weights, linear),
        WithLabels = labels => Describe(config with { LabelCount = labels, ProblemType = null }),
        ProblemType = config.ProblemType,
    };

    private LinearSize[] Block(int layer)
    {
        string path = $"distilbert.transformer.layer.{layer}";
        long hidden = Model.HiddenSize;
        long inner = InnerSizes?[layer] ?? Model.IntermediateSize;
        long heads = hidden - (Model.HeadSize * PrunedHeads.GetValueOrDefault(layer));
        return
        [
            new($"{path}.attention.q_lin", hidden, heads, Bias: true),
            new($"{path}.attention.k_lin", hidden, heads, Bias: true),
            new($"{path}.attention.v_lin", hidden, heads, Bias: true),
            new($"{path}.attention.out_lin", heads, hidden, Bias: true),
            new($"{path}.ffn.lin1", hidden, inner, Bias: true),
            new($"{path}.ffn.lin2", inner, hidden, Bias: true),
        ];
    }
}

/// <summary>
/// DistilBERT (Sanh et al., 2019) with a classifier over its first token, and the parameter names of Transformers'
/// DistilBertForSequenceClassification. It knows no segments, and its attention's output is not dropped.
/// </summary>
internal sealed class DistilBert : Module, ISequenceClassifier
{
    private readonly Body distilbert;
    private readonly Module<Tensor, Tensor> pre_classifier;
    private readonly ModelDropout dropout;
    private readonly Module<Tensor, Tensor> classifier;

    /// <summary>
    /// Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.
    /// </summary>
    public DistilBert(DistilBertConfig config, WeightMap weights, LinearFactory linear)
        : base(nameof(DistilBert))
    {
        (LabelCount, Device) = (config.LabelCount, weights.Device);
        distilbert = new Body(config, weights, linear);
        pre_classifier = linear("pre_classifier");
        dropout = new ModelDropout(weights, config.Dropout.Classifier);
        classifier = linear("classifier");
        RegisterComponents();
    }

    /// <inheritdoc/>
    public int LabelCount { get; }

    /// <inheritdoc/>
    public Device Device { get; }

    /// <inheritdoc/>
    public IEnumerable<Parameter> Parameters => parameters();

    /// <inheritdoc/>
    public Tensor Classify(
        Tensor inputIds, Tensor? attentionMask = null, Tensor? tokenTypeIds = null, PackedRows? packed = null)
    {
        using var scope = NewDisposeScope();
        var hidden = distilbert.forward(inputIds, attentionMask, packed); // [B, T, H]
        var first = functional.relu(pre_classifier.forward(hidden.select(1, 0))); // [B, H]
        return classifier.forward(dropout.forward(first)).MoveToOuterDisposeScope();
    }

    private sealed class Body : Module<Tensor, Tensor?, PackedRows?, Tensor>
    {
        private readonly Embeddings embeddings;
        private readonly Layers transformer;

        public Body(DistilBertConfig config, WeightMap weights, LinearFactory linear)
            : base(nameof(Body))
        {
            embeddings = new Embeddings(config, weights);
            transformer = new Layers(config, weights, linear);
            RegisterComponents();
        }

        public override Tensor forward(Tensor inputIds, Tensor? attentionMask, PackedRows? packed)
        {
            using var scope = NewDisposeScope();
            var hidden = PackedRows.Unpad(embeddings.forward(inputIds), packed); // [B, T, H] or [1, N, H]
            var mask = attentionMask is null ? null : AttentionMasks.Added(attentionMask, hidden.dtype); // [B, 1, 1, T]
            return PackedRows.Pad(transformer.forward(hidden, mask, packed), packed).MoveToOuterDisposeScope();
        }
    }

    private sealed class Embeddings : Module<Tensor, Tensor>
    {
        private readonly TokenEmbedding word_embeddings;
        private readonly TokenEmbedding position_embeddings;
        [ComponentName(Name = "LayerNorm")]
        private readonly LayerNorm norm;
        private readonly ModelDropout dropout;

        public Embeddings(DistilBertConfig config, WeightMap weights)
            : base(nameof(Embeddings))
        {
            const string path = "distilbert.embeddings";
            var (size, positions) = (config.Model.HiddenSize, config.Model.MaxPositions);
            word_embeddings = new TokenEmbedding(weights, $"{path}.word_embeddings", config.Model.VocabularySize, size);
            position_embeddings = new TokenEmbedding(weights, $"{path}.position_embeddings", positions, size);
            norm = new LayerNorm(weights, $"{path}.LayerNorm", size, Block.Epsilon);
            dropout = new ModelDropout(weights, config.Dropout.Hidden);
            RegisterComponents();
        }

        public override Tensor forward(Tensor inputIds)
        {
            using var scope = NewDisposeScope();
            long length = inputIds.shape[1];
            LearnedPositions.Require(length, position_embeddings.Weight.shape[0]);
            var sum = word_embeddings.forward(inputIds)
                .Plus(position_embeddings.Weight.narrow(0, 0, length)); // [B, T, H]
            return dropout.forward(norm.forward(sum)).MoveToOuterDisposeScope();
        }
    }

    private sealed class Layers : Module<Tensor, Tensor?, PackedRows?, Tensor>
    {
        private readonly ModuleList<Block> layer;

        public Layers(DistilBertConfig config, WeightMap weights, LinearFactory linear)
            : base(nameof(Layers))
        {
            layer = new ModuleList<Block>(Enumerable.Range(0, config.Model.LayerCount)
                .Select(index => new Block(config, weights, linear, index)).ToArray());
            RegisterComponents();
        }

        public override Tensor forward(Tensor hidden, Tensor? mask, PackedRows? packed)
        {
            using var scope = NewDisposeScope();
            foreach (var each in layer)
            {
                hidden = each.forward(hidden, mask, packed);
            }

            return hidden.MoveToOuterDisposeScope();
        }
    }

    private sealed class Block : Module<Tensor, Tensor?, PackedRows?, Tensor>
    {
        /// <summary>Added to the variance before its root; config.json has no key for it.</summary>
        public const double Epsilon = 1e-12;

        private readonly Attention attention;
        private readonly LayerNorm sa_layer_norm;
        private readonly Inner ffn;
        private readonly LayerNorm output_layer_norm;

        public Block(DistilBertConfig config, WeightMap weights, LinearFactory linear, int index)
            : base(nameof(Block))
        {
            var path = $"distilbert.transformer.layer.{index}";
            attention = new Attention(config, weights, linear, $"{path}.attention");
            sa_layer_norm = new LayerNorm(weights, $"{path}.sa_layer_norm", config.Model.HiddenSize, Epsilon);
            ffn = new Inner(config, weights, linear, $"{path}.ffn");
            output_layer_norm = new LayerNorm(weights, $"{path}.output_layer_norm", config.Model.HiddenSize, Epsilon);
            RegisterComponents();
        }

        /// <param name="hidden">[B, T, H], or [1, N, H] packed.</param>
        /// <param name="mask">[B, 1, 1, T], which is added to the scores; null when all tokens are real.</param>
        /// <param name="packed">Where the tokens stand; null where nothing is packed.</param>
        /// <returns>Like <paramref name="hidden"/>.</returns>
        public override Tensor forward(Tensor hidden, Tensor? mask, PackedRows? packed)
        {
            using var scope = NewDisposeScope();
            var attended = sa_layer_norm.forward(attention.forward(hidden, mask, packed).Plus(hidden));
            return output_layer_norm.forward(ffn.forward(attended).Plus(attended)).MoveToOuterDisposeScope();
        }
    }

    private sealed class Attention : Module<Tensor, Tensor?, PackedRows?, Tensor>
    {
        private readonly Module<Tensor, Tensor> q_lin;
        private readonly Module<Tensor, Tensor> k_lin;
        private readonly Module<Tensor, Tensor> v_lin;
        private readonly Module<Tensor, Tensor> out_lin;
        private readonly EncoderAttention attention;

        public Attention(DistilBertConfig config, WeightMap weights, LinearFactory linear, string path)
            : base(nameof(Attention))
        {
            q_lin = linear($"{path}.q_lin");
            k_lin = linear($"{path}.k_lin");
            v_lin = linear($"{path}.v_lin");
            out_lin = linear($"{path}.out_lin");
            attention = new EncoderAttention(weights, config.Model.HeadSize, config.Dropout.Attention);
            RegisterComponents();
        }

        public override Tensor forward(Tensor hidden, Tensor? mask, PackedRows? packed)
        {
            using var scope = NewDisposeScope();
            var attended = attention.Of(
                (q_lin.forward(hidden), k_lin.forward(hidden), v_lin.forward(hidden)), mask, packed);
            return out_lin.forward(attended).MoveToOuterDisposeScope();
        }
    }

    private sealed class Inner : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> lin1;
        private readonly Module<Tensor, Tensor> lin2;
        private readonly ModelDropout dropout;

        public Inner(DistilBertConfig config, WeightMap weights, LinearFactory linear, string path)
            : base(nameof(Inner))
        {
            lin1 = linear($"{path}.lin1");
            lin2 = linear($"{path}.lin2");
            dropout = new ModelDropout(weights, config.Dropout.Hidden);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return dropout.forward(lin2.forward(functional.gelu(lin1.forward(input)))).MoveToOuterDisposeScope();
        }
    }
}
