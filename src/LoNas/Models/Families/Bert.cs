using System.Text.Json;
using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Runtime;
using LoNas.Weights;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using LayerNorm = LoNas.Models.Layers.LayerNorm;

namespace LoNas.Models.Families;

/// <summary>The shape of a BERT or RoBERTa, as its config.json gives it. Sizes in elements.</summary>
internal sealed record BertConfig
{
    private const string Head = "classifier";

    /// <summary>
    /// What all families have; the MLP's width is the largest where layers differ. Longer input is an error.
    /// </summary>
    public required ModelConfig Model { get; init; }

    /// <summary>Widths of the MLP by layer, as an extracted model has them; null where all are alike.</summary>
    public IReadOnlyList<long>? IntermediateSizes { get; init; }

    /// <summary>Attention heads that layers lack, as Transformers' <c>pruned_heads</c> lists them.</summary>
    public required IReadOnlyDictionary<int, int> PrunedHeads { get; init; }

    /// <summary>Kinds of segments.</summary>
    public required long TokenTypeCount { get; init; }

    /// <summary>Added to the variance before its root.</summary>
    public required double LayerNormEpsilon { get; init; }

    /// <summary>The share of elements dropped in training: of the hidden states, and of the attention.</summary>
    public required (double Hidden, double Attention, double Classifier) Dropout { get; init; }

    /// <summary>Classes of the classifier: as many as <c>id2label</c> names, else <c>num_labels</c>, else 2.</summary>
    public required int LabelCount { get; init; }

    /// <summary>What the labels are; null where their number says it.</summary>
    public string? ProblemType { get; init; }

    /// <summary>
    /// The id of the padding token, which is its position too, and behind which the others' begin; null where they
    /// begin at 0, as BERT's do.
    /// </summary>
    public long? PaddingPosition { get; init; }

    /// <summary>The name of the encoder in a checkpoint.</summary>
    public string Body => Model.ModelType;

    /// <summary>The linear layers of the blocks.</summary>
    public IEnumerable<LinearSize> Blocks => Enumerable.Range(0, Model.LayerCount).SelectMany(Block);

    /// <summary>The linear layers.</summary>
    private IEnumerable<LinearSize> Linears =>
    [
        .. Blocks,
        new("bert.pooler.dense", Model.HiddenSize, Model.HiddenSize, Bias: true),
        new(Head, Model.HiddenSize, LabelCount, Bias: true),
    ];

    /// <summary>Describes a model.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static ModelDescription Describe(JsonElement json, string origin) => Describe(Read(json, origin));

    /// <summary>Reads config.json's keys.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static BertConfig Read(JsonElement json, string origin, string modelType = "bert")
    {
        var keys = new ConfigReader(json, origin);
        long hidden = keys.Long("hidden_size");
        long inner = keys.Long("intermediate_size");
        var widths = keys.Longs("intermediate_sizes", "num_hidden_layers");
        var pruned = keys.Counts("pruned_heads");
        int layers = keys.LayerCount("num_hidden_layers");
        long heads = keys.Long("num_attention_heads");
        long vocabulary = keys.Long("vocab_size");
        long positions = keys.Long("max_position_embeddings", 512);
        long types = keys.Long("type_vocab_size", 2);
        long? padding = modelType == Roberta.Name ? keys.Long("pad_token_id", 1) : null;
        long before = padding + 1 ?? 0;
        double hiddenDropout = keys.Double("hidden_dropout_prob", 0.1);
        bool areHeadsWhole = heads > 0 && hidden % heads == 0;
        var config = new BertConfig
        {
            Model = new ModelConfig
            {
                ModelType = modelType,
                HiddenSize = hidden,
                IntermediateSize = inner,
                LayerCount = layers,
                HeadCount = heads,
                HeadSize = areHeadsWhole ? hidden / heads : 0,
                VocabularySize = vocabulary,
                MaxPositions = positions - before,
                TieWordEmbeddings = false,
                // Three embeddings and their norm, two norms a layer, each with a bias.
                OtherParameters = hidden * (vocabulary + positions + types + (2 * ((2 * layers) + 1))),
            },
            IntermediateSizes = widths,
            PrunedHeads = pruned,
            PaddingPosition = padding,
            TokenTypeCount = types,
            LayerNormEpsilon = keys.Double("layer_norm_eps", 1e-12),
            Dropout = (hiddenDropout, keys.Double("attention_probs_dropout_prob", 0.1),
                keys.Double("classifier_dropout", hiddenDropout)),
            LabelCount = keys.Count("id2label") ?? (int)keys.Long("num_labels", 2),
            ProblemType = ProblemTypes.Read(keys),
        };
        keys.Require(keys.Text("hidden_act", "gelu") == "gelu", "hidden_act must be gelu");
        keys.Require(
            keys.Text("position_embedding_type", "absolute") == "absolute", "position_embedding_type must be absolute");
        keys.Require(
            new[] { config.Dropout.Hidden, config.Dropout.Attention, config.Dropout.Classifier }
                .All(p => p is >= 0 and < 1),
            "hidden_dropout_prob, attention_probs_dropout_prob and classifier_dropout must be from 0 to below 1");
        keys.Require(
            positions > before, $"max_position_embeddings {positions} is not above pad_token_id {padding} + 1");
        keys.Require(areHeadsWhole, $"hidden_size {hidden} is not a multiple of num_attention_heads {heads}");
        keys.Require(
            pruned.All(entry => entry.Key < layers && entry.Value < heads),
            "pruned_heads must leave each layer a head, and name layers that there are");
        keys.ThrowIfInvalid();
        return config;
    }

    private static ModelDescription Describe(BertConfig config) => new()
    {
        Layout = new LinearLayout { Config = config.Model, Linears = [.. config.Linears], TrainedHead = Head },
        Classifier = (weights, linear) => new Bert(config, weights, linear),
        // What other labels are follows from their number, as where config.json does not say it.
        WithLabels = labels => Describe(config with { LabelCount = labels, ProblemType = null }),
        ProblemType = config.ProblemType,
    };

    private LinearSize[] Block(int layer)
    {
        string path = $"{Body}.encoder.layer.{layer}";
        long hidden = Model.HiddenSize;
        long inner = IntermediateSizes?[layer] ?? Model.IntermediateSize;
        long heads = hidden - (Model.HeadSize * PrunedHeads.GetValueOrDefault(layer));
        return
        [
            new($"{path}.attention.self.query", hidden, heads, Bias: true),
            new($"{path}.attention.self.key", hidden, heads, Bias: true),
            new($"{path}.attention.self.value", hidden, heads, Bias: true),
            new($"{path}.attention.output.dense", heads, hidden, Bias: true),
            new($"{path}.intermediate.dense", hidden, inner, Bias: true),
            new($"{path}.output.dense", inner, hidden, Bias: true),
        ];
    }
}

/// <summary>
/// BERT (Devlin et al., 2019) with a classifier over its pooled first token, and the parameter names of Transformers'
/// BertForSequenceClassification. Its own dropout is active where it is trained, as in Transformers.
/// </summary>
internal sealed class Bert : Module, ISequenceClassifier
{
    private readonly BertBody bert;
    private readonly ModelDropout dropout;
    private readonly Module<Tensor, Tensor> classifier;

    /// <summary>
    /// Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.
    /// </summary>
    public Bert(BertConfig config, WeightMap weights, LinearFactory linear)
        : base(nameof(Bert))
    {
        (LabelCount, Device) = (config.LabelCount, weights.Device);
        bert = new BertBody(config, weights, linear);
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
        var pooled = dropout.forward(bert.forward(inputIds, attentionMask, tokenTypeIds, packed));
        return classifier.forward(pooled).MoveToOuterDisposeScope();
    }

    /// <summary>The encoder of BERT and RoBERTa; the latter's has no pooler.</summary>
    internal sealed class BertBody : Module<Tensor, Tensor?, Tensor?, PackedRows?, Tensor>
    {
        private readonly BertEmbeddings embeddings;
        private readonly BertEncoder encoder;
        private readonly BertPooler? pooler;

        public BertBody(BertConfig config, WeightMap weights, LinearFactory linear)
            : base(nameof(BertBody))
        {
            embeddings = new BertEmbeddings(config, weights);
            encoder = new BertEncoder(config, weights, linear);
            pooler = config.PaddingPosition is null ? new BertPooler(linear) : null;
            RegisterComponents();
        }

        /// <summary>The first token, pooled where there is a pooler, [B, H].</summary>
        public override Tensor forward(
            Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds, PackedRows? packed)
        {
            using var scope = NewDisposeScope();
            var hidden = PackedRows.Unpad(
                embeddings.forward(inputIds, attentionMask, tokenTypeIds), packed); // [B, T, H] or [1, N, H]
            var mask = attentionMask is null ? null : AttentionMasks.Added(attentionMask, hidden.dtype); // [B, 1, 1, T]
            hidden = PackedRows.Pad(encoder.forward(hidden, mask, packed), packed);
            return (pooler?.forward(hidden) ?? hidden.select(1, 0)).MoveToOuterDisposeScope();
        }
    }

    private sealed class BertEmbeddings : Module<Tensor, Tensor?, Tensor?, Tensor>
    {
        private readonly TokenEmbedding word_embeddings;
        private readonly TokenEmbedding position_embeddings;
        private readonly TokenEmbedding token_type_embeddings;
        [ComponentName(Name = "LayerNorm")]
        private readonly LayerNorm norm;
        private readonly ModelDropout dropout;
        private readonly long? _padding;
        private readonly bool _hasTypes;

        public BertEmbeddings(BertConfig config, WeightMap weights)
            : base(nameof(BertEmbeddings))
        {
            string path = $"{config.Body}.embeddings";
            var (size, positions) = (config.Model.HiddenSize, config.Model.MaxPositions);
            (_padding, _hasTypes) = (config.PaddingPosition, config.TokenTypeCount > 1);
            positions += _padding + 1 ?? 0;
            word_embeddings = new TokenEmbedding(weights, $"{path}.word_embeddings", config.Model.VocabularySize, size);
            position_embeddings = new TokenEmbedding(weights, $"{path}.position_embeddings", positions, size);
            token_type_embeddings = new TokenEmbedding(
                weights, $"{path}.token_type_embeddings", config.TokenTypeCount, size);
            norm = new LayerNorm(weights, $"{path}.LayerNorm", size, config.LayerNormEpsilon);
            dropout = new ModelDropout(weights, config.Dropout.Hidden);
            RegisterComponents();
        }

        public override Tensor forward(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
        {
            using var scope = NewDisposeScope();
            // A tokenizer's file may make segments for a model that has no more than one.
            var types = _hasTypes && tokenTypeIds is not null ? tokenTypeIds : zeros_like(inputIds);
            var sum = word_embeddings.forward(inputIds).Plus(token_type_embeddings.forward(types))
                .Plus(Places(inputIds, attentionMask)); // [B, T, H]
            return dropout.forward(norm.forward(sum)).MoveToOuterDisposeScope();
        }

        /// <summary>What stands for the tokens' positions, [T, H] or [B, T, H].</summary>
        private Tensor Places(Tensor inputIds, Tensor? attentionMask)
        {
            long length = inputIds.shape[1];
            LearnedPositions.Require(length, position_embeddings.Weight.shape[0] - (_padding + 1 ?? 0));
            if (_padding is not { } padding)
            {
                return position_embeddings.Weight.narrow(0, 0, length);
            }

            using Scalar pad = padding;
            var isToken = inputIds.ne(pad);
            isToken = attentionMask is null ? isToken : isToken.logical_and(attentionMask);
            var counted = isToken.to(ScalarType.Int64);
            return position_embeddings.forward(counted.cumsum(1).mul(counted).Plus(pad));
        }
    }

    private sealed class BertEncoder : Module<Tensor, Tensor?, PackedRows?, Tensor>
    {
        private readonly ModuleList<BertLayer> layer;

        public BertEncoder(BertConfig config, WeightMap weights, LinearFactory linear)
            : base(nameof(BertEncoder))
        {
            layer = new ModuleList<BertLayer>(Enumerable.Range(0, config.Model.LayerCount)
                .Select(index => new BertLayer(config, weights, linear, index)).ToArray());
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

    private sealed class BertLayer : Module<Tensor, Tensor?, PackedRows?, Tensor>
    {
        private readonly BertAttention attention;
        private readonly BertDense intermediate;
        private readonly BertOutput output;

        public BertLayer(BertConfig config, WeightMap weights, LinearFactory linear, int index)
            : base(nameof(BertLayer))
        {
            var path = $"{config.Body}.encoder.layer.{index}";
            attention = new BertAttention(config, weights, linear, $"{path}.attention");
            intermediate = new BertDense(linear, $"{path}.intermediate");
            output = new BertOutput(config, weights, linear, $"{path}.output");
            RegisterComponents();
        }

        /// <param name="hidden">[B, T, H], or [1, N, H] packed.</param>
        /// <param name="mask">[B, 1, 1, T], which is added to the scores; null when all tokens are real.</param>
        /// <param name="packed">Where the tokens stand; null where nothing is packed.</param>
        /// <returns>Like <paramref name="hidden"/>.</returns>
        public override Tensor forward(Tensor hidden, Tensor? mask, PackedRows? packed)
        {
            using var scope = NewDisposeScope();
            var attended = attention.forward(hidden, mask, packed);
            var wide = functional.gelu(intermediate.forward(attended));
            return output.forward(wide, attended).MoveToOuterDisposeScope();
        }
    }

    private sealed class BertAttention : Module<Tensor, Tensor?, PackedRows?, Tensor>
    {
        [ComponentName(Name = "self")]
        private readonly BertSelfAttention heads;
        private readonly BertOutput output;

        public BertAttention(BertConfig config, WeightMap weights, LinearFactory linear, string path)
            : base(nameof(BertAttention))
        {
            heads = new BertSelfAttention(config, weights, linear, $"{path}.self");
            output = new BertOutput(config, weights, linear, $"{path}.output");
            RegisterComponents();
        }

        public override Tensor forward(Tensor hidden, Tensor? mask, PackedRows? packed)
        {
            using var attended = heads.forward(hidden, mask, packed);
            return output.forward(attended, hidden);
        }
    }

    private sealed class BertSelfAttention : Module<Tensor, Tensor?, PackedRows?, Tensor>
    {
        private readonly Module<Tensor, Tensor> query;
        private readonly Module<Tensor, Tensor> key;
        private readonly Module<Tensor, Tensor> value;
        private readonly EncoderAttention attention;

        public BertSelfAttention(BertConfig config, WeightMap weights, LinearFactory linear, string path)
            : base(nameof(BertSelfAttention))
        {
            query = linear($"{path}.query");
            key = linear($"{path}.key");
            value = linear($"{path}.value");
            attention = new EncoderAttention(weights, config.Model.HeadSize, config.Dropout.Attention);
            RegisterComponents();
        }

        public override Tensor forward(Tensor hidden, Tensor? mask, PackedRows? packed)
        {
            using var scope = NewDisposeScope();
            return attention.Of((query.forward(hidden), key.forward(hidden), value.forward(hidden)), mask, packed)
                .MoveToOuterDisposeScope();
        }
    }

    /// <summary>A projection back to the residual stream, its sum with the input and their norm.</summary>
    private sealed class BertOutput : Module<Tensor, Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> dense;
        [ComponentName(Name = "LayerNorm")]
        private readonly LayerNorm norm;
        private readonly ModelDropout dropout;

        public BertOutput(BertConfig config, WeightMap weights, LinearFactory linear, string path)
            : base(nameof(BertOutput))
        {
            dense = linear($"{path}.dense");
            norm = new LayerNorm(weights, $"{path}.LayerNorm", config.Model.HiddenSize, config.LayerNormEpsilon);
            dropout = new ModelDropout(weights, config.Dropout.Hidden);
            RegisterComponents();
        }

        public override Tensor forward(Tensor states, Tensor residual)
        {
            using var scope = NewDisposeScope();
            return norm.forward(dropout.forward(dense.forward(states)).Plus(residual)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>The intermediate layer's linear, one level down as the checkpoint names it.</summary>
    private sealed class BertDense : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> dense;

        public BertDense(LinearFactory linear, string path)
            : base(nameof(BertDense))
        {
            dense = linear($"{path}.dense");
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => dense.forward(input);
    }

    private sealed class BertPooler : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> dense;

        public BertPooler(LinearFactory linear)
            : base(nameof(BertPooler))
        {
            dense = linear("bert.pooler.dense");
            RegisterComponents();
        }

        /// <param name="hidden">[B, T, H].</param>
        /// <returns>[B, H].</returns>
        public override Tensor forward(Tensor hidden)
        {
            using var scope = NewDisposeScope();
            return dense.forward(hidden.select(1, 0)).tanh().MoveToOuterDisposeScope();
        }
    }
}
