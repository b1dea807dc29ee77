using LoNas.Adapters;
using LoNas.Models;

namespace LoNas.Cli.Runs;

/// <summary>Makes the cost model of a LLaMA.</summary>
internal static class ModelCosts
{
    private const string Head = "lm_head";
    private const int DefaultTokens = 256;

    public static CostModel Of(
        LlamaConfig config, IReadOnlyDictionary<string, LinearShape> linears, NncfConfiguration? configuration)
    {
        var all = new Dictionary<string, LinearShape>(linears);
        if (config.TieWordEmbeddings)
        {
            all[Head] = new LinearShape(config.HiddenSize, config.VocabularySize, Rank: 0);
        }

        return new CostModel(all)
        {
            Tokens = configuration?.SampleTokens ?? DefaultTokens,
            // The embedding, two norms a layer and the last one.
            OtherParameters = (config.VocabularySize * config.HiddenSize)
                + (((2 * config.LayerCount) + 1) * config.HiddenSize),
            TiedHead = config.TieWordEmbeddings ? Head : null,
        };
    }
}
