using LoNas.Runtime;

namespace LoNas.Generation;

/// <summary>Draws tokens from logits.</summary>
internal sealed class TokenSampler(SamplingOptions options, SeededRandom random)
{
    /// <summary>The tokens that it draws from; null: from all.</summary>
    public int? Candidates => options.TopK == 0 ? null : options.TopK;

    /// <summary>Draws one token of a row.</summary>
    public int Draw(LogitRows logits, int row)
    {
        var kept = options.TopK == 0 ? logits.All(row) : logits.Best(row, options.TopK);
        var weights = new double[kept.Length];
        double sum = 0;
        for (int i = 0; i < kept.Length; i++)
        {
            sum += weights[i] = Math.Exp((kept[i].Logit - (double)kept[0].Logit) / options.Temperature);
        }

        int count = Nucleus(weights, sum);
        double rest = random.NextDouble() * weights.Take(count).Sum();
        for (int i = 0; i < count - 1; i++)
        {
            rest -= weights[i];
            if (rest < 0)
            {
                return kept[i].Token;
            }
        }

        return kept[count - 1].Token;
    }

    /// <summary>The fewest best tokens whose share reaches top_p; at least one.</summary>
    private int Nucleus(double[] weights, double sum)
    {
        double reached = 0;
        int count = 0;
        while (count < weights.Length && (count == 0 || options.TopP >= 1 || reached < options.TopP * sum))
        {
            reached += weights[count++];
        }

        return count;
    }
}
