using LoNas.Models;

namespace LoNas.Elastic;

/// <summary>What a model costs with one sub-adapter active.</summary>
/// <param name="Macs">Multiply-accumulates of all linears, base and adapter, for one sample.</param>
/// <param name="Weights">Weights of all linears, base and adapter; the reference calls these "total parameters".</param>
/// <param name="TotalParameters">Base and adapter parameters, embeddings, norms and biases included.</param>
/// <param name="LoraParameters">Adapter parameters.</param>
public sealed record ModelCost(long Macs, long Weights, long TotalParameters, long LoraParameters);

/// <summary>
/// Counts parameters and multiply-accumulates from shapes alone, as the reference does: linears only, without the
/// attention products and the embedding look-up (NNCF's FLOPs are twice these multiply-accumulates).
/// </summary>
public sealed class CostModel
{
    private readonly IReadOnlyDictionary<string, LinearShape> _linears;

    /// <summary>A cost model of one base model with its adapters.</summary>
    /// <param name="linears">All linears at full size by path, the head among them.</param>
    public CostModel(IReadOnlyDictionary<string, LinearShape> linears) => _linears = linears;

    /// <summary>Tokens of one sample.</summary>
    public required int Tokens { get; init; }

    /// <summary>Base parameters outside the linears' weights and biases, at full size: embeddings and norms.</summary>
    public required long OtherParameters { get; init; }

    /// <summary>
    /// The path of a head whose weight is the embedding's, or null. It works and weighs as a linear, but among the total
    /// parameters it is in <see cref="OtherParameters"/> already.
    /// </summary>
    public string? TiedHead { get; init; }

    /// <summary>A cost model of a base model with its adapters.</summary>
    /// <param name="config">The base model's sizes.</param>
    /// <param name="linears">Its linears with their adapters; a tied head need not be among them.</param>
    /// <param name="tokens">Tokens of one sample.</param>
    public static CostModel Of(ModelConfig config, IReadOnlyDictionary<string, LinearShape> linears, int tokens)
    {
        var all = new Dictionary<string, LinearShape>(linears);
        if (config.TieWordEmbeddings)
        {
            all.TryAdd(LinearLayout.LanguageHead, new LinearShape(config.HiddenSize, config.VocabularySize, Rank: 0));
        }

        return new CostModel(all)
        {
            Tokens = tokens,
            OtherParameters = config.OtherParameters,
            TiedHead = config.TieWordEmbeddings ? LinearLayout.LanguageHead : null,
        };
    }

    /// <summary>The cost at full size.</summary>
    public ModelCost Full() => Of(_linears);

    /// <summary>The cost with a sub-adapter active.</summary>
    public ModelCost Of(SearchSpace space, SubAdapter subAdapter) => Of(space.ActiveShapes(subAdapter));

    /// <summary>The cost of active shapes; a linear that is not among them is at full size.</summary>
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

        return new ModelCost(Tokens * weights, weights, total, lora);
    }
}
