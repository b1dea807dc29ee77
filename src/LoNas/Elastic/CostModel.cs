using LoNas.Models;

namespace LoNas.Elastic;

/// <summary>The cost of a model with one sub-adapter active.</summary>
/// <param name="Macs">Multiply-accumulates of all linears for one sample, base and adapter.</param>
/// <param name="Weights">
/// Number of weights of all linears, base and adapter. The reference calls this "total parameters".
/// </param>
/// <param name="TotalParameters">
/// Number of parameters of base and adapter, including embeddings, norms and biases.
/// </param>
/// <param name="LoraParameters">Number of parameters of the adapter.</param>
public sealed record ModelCost(long Macs, long Weights, long TotalParameters, long LoraParameters)
{
    /// <summary>
    /// Multiply-accumulates of an encoder as its published figure counts them: both products of attention too, and
    /// what follows the blocks, pooler and classifier, for the one token that they see. Null of a language model.
    /// </summary>
    public long? MacsWithAttention { get; init; }
}

/// <summary>
/// Counts parameters and multiply-accumulates from shapes alone. As in the reference, only linears count, not the
/// products of attention or the embedding look-up; of encoders those are counted beside, as the published figure has
/// them. (NNCF's FLOPs are twice these multiply-accumulates.)
/// </summary>
public sealed class CostModel
{
    /// <summary>Tokens of a sample of a language model where nothing says how many.</summary>
    public const int DefaultTokens = 256;

    /// <summary>Those of a classifier, the reference's <c>max_seq_length</c>.</summary>
    public const int ClassifierTokens = 128;

    /// <summary>Tokens of a sample of a model where nothing says how many.</summary>
    public static int TokensOf(ModelConfig model) =>
        ModelFamilies.Of(model).IsClassifier ? ClassifierTokens : DefaultTokens;

    private readonly IReadOnlyDictionary<string, LinearShape> _linears;

    /// <summary>A cost model of one base model with its adapters.</summary>
    /// <param name="linears">All linears at full size by path, including the head.</param>
    public CostModel(IReadOnlyDictionary<string, LinearShape> linears) => _linears = linears;

    /// <summary>Tokens of one sample.</summary>
    public required int Tokens { get; init; }

    /// <summary>Number of base parameters that are not in linears, at full size: embeddings and norms.</summary>
    public required long OtherParameters { get; init; }

    /// <summary>
    /// The path of a head that shares the weight of the embedding, or null. It counts as a linear, except in the total
    /// parameters, where the embedding in <see cref="OtherParameters"/> already includes it.
    /// </summary>
    public string? TiedHead { get; init; }

    /// <summary>Of an encoder its family, whose products of attention are counted too; else null.</summary>
    internal ModelFamily? Encoder { private get; init; }

    /// <summary>A cost model of a base model with its adapters.</summary>
    /// <param name="config">The sizes of the base model.</param>
    /// <param name="linears">The linears with their adapters. A tied head is added if it is not among them.</param>
    /// <param name="tokens">Tokens of one sample.</param>
    public static CostModel Of(ModelConfig config, IReadOnlyDictionary<string, LinearShape> linears, int tokens)
    {
        var all = new Dictionary<string, LinearShape>(linears);
        var head = ModelFamilies.HeadOf(config);
        if (config.TieWordEmbeddings)
        {
            all.TryAdd(head, new LinearShape(config.HiddenSize, config.VocabularySize, Rank: 0));
        }

        return new CostModel(all)
        {
            Tokens = tokens,
            OtherParameters = config.OtherParameters,
            TiedHead = config.TieWordEmbeddings ? head : null,
            Encoder = ModelFamilies.Find(config.ModelType) is { IsClassifier: true } family ? family : null,
        };
    }

    /// <summary>The cost at full size.</summary>
    public ModelCost Full() => Of(_linears);

    /// <summary>The cost with a sub-adapter active.</summary>
    public ModelCost Of(SearchSpace space, SubAdapter subAdapter) => Of(space.ActiveShapes(subAdapter));

    /// <summary>The cost of the active shapes. A linear that is not among them counts at full size.</summary>
    public ModelCost Of(IReadOnlyDictionary<string, LinearShape> active)
    {
        long weights = 0;
        long lora = 0;
        long total = OtherParameters;
        foreach (var (path, full) in _linears)
        {
            var shape = active.GetValueOrDefault(path, full);
            long ofBase = shape.In * shape.Out;
            long ofLora = shape.Rank * (shape.In + shape.Out);
            weights += ofBase + ofLora;
            lora += ofLora;
            total += ofLora + (path == TiedHead ? 0 : ofBase) + (shape.Bias ? shape.Out : 0);
        }

        return new ModelCost(Tokens * weights, weights, total, lora)
        {
            MacsWithAttention = Encoder is null ? null : WithAttention(Encoder, active),
        };
    }

    /// <summary>Scores and weighted sum each take tokens squared for a unit of the width that attention has.</summary>
    private long WithAttention(ModelFamily encoder, IReadOnlyDictionary<string, LinearShape> active)
    {
        long macs = 0;
        foreach (var (path, full) in _linears)
        {
            var shape = active.GetValueOrDefault(path, full);
            bool isInBlock = path.StartsWith($"{encoder.BlockPath}.", StringComparison.Ordinal);
            bool readsAttention = encoder.Cuts.Any(cut => cut.Kind == CutKind.Heads
                && path.EndsWith($".{cut.Consumer}", StringComparison.Ordinal));
            macs += (isInBlock ? Tokens : 1) * ((shape.In * shape.Out) + (shape.Rank * (shape.In + shape.Out)));
            macs += isInBlock && readsAttention ? 2L * Tokens * Tokens * shape.In : 0;
        }

        return macs;
    }
}
