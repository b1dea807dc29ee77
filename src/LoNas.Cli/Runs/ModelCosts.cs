using LoNas.Adapters;
using LoNas.Models;

namespace LoNas.Cli.Runs;

/// <summary>Makes the cost model of a model of any family.</summary>
internal static class ModelCosts
{
    private const string Head = "lm_head";
    private const int DefaultTokens = 256;

    public static CostModel Of(
        ModelConfig config, IReadOnlyDictionary<string, LinearShape> linears, NncfConfiguration? configuration)
    {
        var all = new Dictionary<string, LinearShape>(linears);
        if (config.TieWordEmbeddings)
        {
            all[Head] = new LinearShape(config.HiddenSize, config.VocabularySize, Rank: 0);
        }

        return new CostModel(all)
        {
            Tokens = configuration?.SampleTokens ?? DefaultTokens,
            OtherParameters = config.OtherParameters,
            TiedHead = config.TieWordEmbeddings ? Head : null,
        };
    }
}
