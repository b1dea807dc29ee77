using LoNas.Adapters;
using LoNas.Models;

namespace LoNas.Cli.Runs;

/// <summary>Makes the cost model of a base model with its adapters.</summary>
internal static class ModelCosts
{
    /// <summary>Tokens of a sample where no configuration says how many.</summary>
    public const int DefaultTokens = 256;

    public static CostModel Of(
        LinearLayout layout, IReadOnlyDictionary<string, LinearShape> linears, NncfConfiguration? configuration) =>
        CostModel.Of(layout, linears, configuration?.SampleTokens ?? DefaultTokens);
}
