using System.Text.Json;
using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Families;

/// <summary>
/// RoBERTa (Liu et al., 2019): BERT's encoder, whose positions begin behind that of the padding token, with a
/// classifier of two layers over its first token, and the parameter names of Transformers'
/// RobertaForSequenceClassification.
/// </summary>
internal sealed class Roberta : Module, ISequenceClassifier
{
    /// <summary>The family's name in config.json, and the encoder's in a checkpoint.</summary>
    public const string Name = "roberta";

    private const string Head = "classifier";

    private readonly Bert.BertBody roberta;
    private readonly RobertaHead classifier;

    /// <summary>
    /// Builds the model on a checkpoint's tensors; <paramref name="linear"/> makes its linear layers.
    /// </summary>
    public Roberta(BertConfig config, WeightMap weights, LinearFactory linear)
        : base(nameof(Roberta))
    {
        (LabelCount, Device) = (config.LabelCount, weights.Device);
        roberta = new Bert.BertBody(config, weights, linear);
        classifier = new RobertaHead(config, weights, linear);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public int LabelCount { get; }

    /// <inheritdoc/>
    public Device Device { get; }

    /// <inheritdoc/>
    public IEnumerable<Parameter> Parameters => parameters();

    /// <summary>Describes a model.</summary>
    /// <exception cref="InvalidDataException">
    /// Keys are missing, mistyped or contradict each other; all are named.
    /// </exception>
    public static ModelDescription Describe(JsonElement json, string origin) =>
        Describe(BertConfig.Read(json, origin, Name));

    /// <inheritdoc/>
    public Tensor Classify(
        Tensor inputIds, Tensor? attentionMask = null, Tensor? tokenTypeIds = null, PackedRows? packed = null)
    {
        using var scope = NewDisposeScope();
        var first = roberta.forward(inputIds, attentionMask, tokenTypeIds, packed); // [B, H]
        return classifier.forward(first).MoveToOuterDisposeScope();
    }

    private static ModelDescription Describe(BertConfig config) => new()
    {
        Layout = new LinearLayout
        {
            Config = config.Model,
            Linears =
            [
                .. config.Blocks,
                new($"{Head}.dense", config.Model.HiddenSize, config.Model.HiddenSize, Bias: true),
                new($"{Head}.out_proj", config.Model.HiddenSize, config.LabelCount, Bias: true),
            ],
            TrainedHead = Head,
        },
        Classifier = (weights, linear) => new Roberta(config, weights, linear),
        WithLabels = labels => Describe(config with { LabelCount = labels, ProblemType = null }),
        ProblemType = config.ProblemType,
    };

    private sealed class RobertaHead : Module<Tensor, Tensor>
    {
        private readonly ModelDropout dropout;
        private readonly Module<Tensor, Tensor> dense;
        private readonly Module<Tensor, Tensor> out_proj;

        public RobertaHead(BertConfig config, WeightMap weights, LinearFactory linear)
            : base(nameof(RobertaHead))
        {
            dropout = new ModelDropout(weights, config.Dropout.Classifier);
            dense = linear($"{Head}.dense");
            out_proj = linear($"{Head}.out_proj");
            RegisterComponents();
        }

        /// <param name="first">[B, H].</param>
        /// <returns>[B, labels].</returns>
        public override Tensor forward(Tensor first)
        {
            using var scope = NewDisposeScope();
            var inner = dense.forward(dropout.forward(first)).tanh();
            return out_proj.forward(dropout.forward(inner)).MoveToOuterDisposeScope();
        }
    }
}
