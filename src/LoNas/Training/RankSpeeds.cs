using LoNas.Distributed;
using LoNas.Training.Windows;

namespace LoNas.Training;

/// <summary>Compares how fast the ranks compute, so that a slow machine shows.</summary>
internal sealed class RankSpeeds(ICollectives ranks, MicroStep microStep, AccumulationWindow window)
{
    private (long Tokens, TimeSpan Compute, TimeSpan Exchange) _last =
        (microStep.TokensComputed, microStep.ComputeTime, window.ExchangeTime);

    /// <summary>All ranks' figures since the last reading; null where there is one rank. All ranks call it.</summary>
    public RankFigures? Read()
    {
        if (ranks.Size == 1)
        {
            return null;
        }

        var now = (Tokens: microStep.TokensComputed, Compute: microStep.ComputeTime, Exchange: window.ExchangeTime);
        double compute = Math.Max((now.Compute - _last.Compute).TotalSeconds, 1e-9);
        double exchange = (now.Exchange - _last.Exchange).TotalSeconds;
        double[] own = [(now.Tokens - _last.Tokens) / compute, exchange / (compute + exchange)];
        _last = now;
        var all = ranks.GatherAll<double>(own);
        return new RankFigures([.. all.Select(each => each[0])], all.Min(each => each[1]));
    }
}
