using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Models;

namespace LoNas.Cli.Model;

/// <summary>Makes the cost model of a base model of any family with its adapters.</summary>
internal static class ModelCosts
{
    /// <summary>Tokens of a sample where no configuration says how many.</summary>
    private const int DefaultTokens = 256;

    public static CostModel Of(
        ModelConfig config, IReadOnlyDictionary<string, LinearShape> linears, NncfConfiguration? configuration) =>
        CostModel.Of(config, linears, configuration?.SampleTokens ?? DefaultTokens);
}
