using LoNas.Models.Layers;
using LoNas.Weights;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using LayerNorm = LoNas.Models.Layers.LayerNorm;

namespace LoNas.Models.Families;

/// <summary>
/// BERT (Devlin et al., 2019) with a classifier over its pooled first token, and the parameter names of Transformers'
/// BertForSequenceClassification. Its dropouts are left out: it computes as in evaluation, the base being frozen.
/// </summary>
public sealed class Bert : Module<Tensor, Tensor>, ISequenceClassifier
{
    private readonly BertBody bert;
    private readonly Module<Tensor, Tensor> classifier;

    /// <summary>Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.</summary>
    public Bert(BertConfig config, WeightMap weights, LinearFactory linear)
        : base(nameof(Bert))
    {
        LabelCount = config.LabelCount;
        bert = new BertBody(config, weights, linear);
        classifier = linear("classifier", config.HiddenSize, config.LabelCount, true);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public int LabelCount { get; }

    /// <inheritdoc/>
    public IEnumerable<Parameter> Parameters => parameters();

    /// <inheritdoc/>
    public Tensor Classify(Tensor inputIds, Tensor? attentionMask = null, Tensor? tokenTypeIds = null)
    {
        using var pooled = bert.forward(inputIds, attentionMask, tokenTypeIds);
        return classifier.forward(pooled);
    }

    /// <summary>Scores of sequences without pads in one segment.</summary>
    /// <param name="inputIds">[B, T] int64.</param>
    /// <returns>[B, labels].</returns>
    public override Tensor forward(Tensor inputIds) => Classify(inputIds);

    private sealed class BertBody : Module<Tensor, Tensor?, Tensor?, Tensor>
    {
        private readonly BertEmbeddings embeddings;
        private readonly BertEncoder encoder;
        private readonly BertPooler pooler;

        public BertBody(BertConfig config, WeightMap weights, LinearFactory linear)
            : base(nameof(BertBody))
        {
            embeddings = new BertEmbeddings(config, weights);
            encoder = new BertEncoder(config, weights, linear);
            pooler = new BertPooler(config, linear);
            RegisterComponents();
        }

        /// <summary>The pooled first token, [B, H].</summary>
        public override Tensor forward(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
        {
            using var scope = NewDisposeScope();
            var hidden = embeddings.forward(inputIds, tokenTypeIds); // [B, T, H]
            var mask = attentionMask?.view(inputIds.shape[0], 1, 1, inputIds.shape[1]); // [B, 1, 1, T]
            return pooler.forward(encoder.forward(hidden, mask)).MoveToOuterDisposeScope();
        }
    }

    private sealed class BertEmbeddings : Module<Tensor, Tensor?, Tensor>
    {
        private readonly TokenEmbedding word_embeddings;
        private readonly TokenEmbedding position_embeddings;
        private readonly TokenEmbedding token_type_embeddings;
        [ComponentName(Name = "LayerNorm")]
        private readonly LayerNorm norm;

        public BertEmbeddings(BertConfig config, WeightMap weights)
            : base(nameof(BertEmbeddings))
        {
            const string path = "bert.embeddings";
            long size = config.HiddenSize;
            word_embeddings = new TokenEmbedding(weights, $"{path}.word_embeddings", config.VocabularySize, size);
            position_embeddings = new TokenEmbedding(weights, $"{path}.position_embeddings", config.MaxPositions, size);
            token_type_embeddings = new TokenEmbedding(
                weights, $"{path}.token_type_embeddings", config.TokenTypeCount, size);
            norm = new LayerNorm(weights, $"{path}.LayerNorm", size, config.LayerNormEpsilon);
            RegisterComponents();
        }

        public override Tensor forward(Tensor inputIds, Tensor? tokenTypeIds)
        {
            using var scope = NewDisposeScope();
            long length = inputIds.shape[1];
            if (length > position_embeddings.Weight.shape[0])
            {
                throw new ArgumentException(
                    $"The input has {length} tokens and the model has learned {position_embeddings.Weight.shape[0]} "
                    + "positions (max_position_embeddings); cut the input to that many");
            }

            var types = tokenTypeIds ?? zeros_like(inputIds);
            var sum = word_embeddings.forward(inputIds) + token_type_embeddings.forward(types)
                + position_embeddings.Weight.narrow(0, 0, length); // [B, T, H]
            return norm.forward(sum).MoveToOuterDisposeScope();
        }
    }

    private sealed class BertEncoder : Module<Tensor, Tensor?, Tensor>
    {
        private readonly ModuleList<BertLayer> layer;

        public BertEncoder(BertConfig config, WeightMap weights, LinearFactory linear)
            : base(nameof(BertEncoder))
        {
            layer = new ModuleList<BertLayer>(Enumerable.Range(0, config.LayerCount)
                .Select(index => new BertLayer(config, weights, linear, index)).ToArray());
            RegisterComponents();
        }

        public override Tensor forward(Tensor hidden, Tensor? mask)
        {
            using var scope = NewDisposeScope();
            foreach (var each in layer)
            {
                hidden = each.forward(hidden, mask);
            }

            return hidden.MoveToOuterDisposeScope();
        }
    }

    private sealed class BertLayer : Module<Tensor, Tensor?, Tensor>
    {
        private readonly BertAttention attention;
        private readonly BertDense intermediate;
        private readonly BertOutput output;

        public BertLayer(BertConfig config, WeightMap weights, LinearFactory linear, int index)
            : base(nameof(BertLayer))
        {
            var path = $"bert.encoder.layer.{index}";
            long inner = config.IntermediateSizeOf(index);
            attention = new BertAttention(config, weights, linear, $"{path}.attention", config.AttentionSizeOf(index));
            intermediate = new BertDense(linear, $"{path}.intermediate", config.HiddenSize, inner);
            output = new BertOutput(config, weights, linear, $"{path}.output", inner);
            RegisterComponents();
        }

        /// <param name="hidden">[B, T, H].</param>
        /// <param name="mask">[B, 1, 1, T] bool, true at real tokens; null when all are.</param>
        /// <returns>[B, T, H].</returns>
        public override Tensor forward(Tensor hidden, Tensor? mask)
        {
            using var scope = NewDisposeScope();
            var attended = attention.forward(hidden, mask); // [B, T, H]
            var wide = functional.gelu(intermediate.forward(attended)); // [B, T, W]
            return output.forward(wide, attended).MoveToOuterDisposeScope();
        }
    }

    private sealed class BertAttention : Module<Tensor, Tensor?, Tensor>
    {
        [ComponentName(Name = "self")]
        private readonly BertSelfAttention heads;
        private readonly BertOutput output;

        public BertAttention(BertConfig config, WeightMap weights, LinearFactory linear, string path, long size)
            : base(nameof(BertAttention))
        {
            heads = new BertSelfAttention(config, linear, $"{path}.self", size);
            output = new BertOutput(config, weights, linear, $"{path}.output", size);
            RegisterComponents();
        }

        public override Tensor forward(Tensor hidden, Tensor? mask)
        {
            using var attended = heads.forward(hidden, mask);
            return output.forward(attended, hidden);
        }
    }

    private sealed class BertSelfAttention : Module<Tensor, Tensor?, Tensor>
    {
        private readonly Module<Tensor, Tensor> query;
        private readonly Module<Tensor, Tensor> key;
        private readonly Module<Tensor, Tensor> value;
        private readonly long _headSize;

        public BertSelfAttention(BertConfig config, LinearFactory linear, string path, long size)
            : base(nameof(BertSelfAttention))
        {
            query = linear($"{path}.query", config.HiddenSize, size, true);
            key = linear($"{path}.key", config.HiddenSize, size, true);
            value = linear($"{path}.value", config.HiddenSize, size, true);
            _headSize = config.HeadSize;
            RegisterComponents();
        }

        public override Tensor forward(Tensor hidden, Tensor? mask)
        {
            using var scope = NewDisposeScope();
            var attended = functional.scaled_dot_product_attention(
                Heads(query.forward(hidden)), Heads(key.forward(hidden)), Heads(value.forward(hidden)), mask);
            return attended.transpose(1, 2).flatten(2).MoveToOuterDisposeScope(); // [B, T, heads * D]
        }

        /// <summary>[B, T, heads * D] to [B, heads, T, D]; the layer may have dropped heads from the end.</summary>
        private Tensor Heads(Tensor states) =>
            states.view(states.shape[0], states.shape[1], -1, _headSize).transpose(1, 2);
    }

    /// <summary>A projection back to the residual stream, its sum with the input and their norm.</summary>
    private sealed class BertOutput : Module<Tensor, Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> dense;
        [ComponentName(Name = "LayerNorm")]
        private readonly LayerNorm norm;

        public BertOutput(BertConfig config, WeightMap weights, LinearFactory linear, string path, long inner)
            : base(nameof(BertOutput))
        {
            dense = linear($"{path}.dense", inner, config.HiddenSize, true);
            norm = new LayerNorm(weights, $"{path}.LayerNorm", config.HiddenSize, config.LayerNormEpsilon);
            RegisterComponents();
        }

        public override Tensor forward(Tensor states, Tensor residual)
        {
            using var scope = NewDisposeScope();
            return norm.forward(dense.forward(states) + residual).MoveToOuterDisposeScope();
        }
    }

    /// <summary>The intermediate layer's linear, one level down as the checkpoint names it.</summary>
    private sealed class BertDense : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> dense;

        public BertDense(LinearFactory linear, string path, long inFeatures, long outFeatures)
            : base(nameof(BertDense))
        {
            dense = linear($"{path}.dense", inFeatures, outFeatures, true);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => dense.forward(input);
    }

    private sealed class BertPooler : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> dense;

        public BertPooler(BertConfig config, LinearFactory linear)
            : base(nameof(BertPooler))
        {
            dense = linear("bert.pooler.dense", config.HiddenSize, config.HiddenSize, true);
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
