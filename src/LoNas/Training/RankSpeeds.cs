using System.Runtime.InteropServices;
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
        var (compute, exchange) = ((now.Compute - _last.Compute).TotalSeconds, (now.Exchange - _last.Exchange).TotalSeconds);
        double[] own = [(now.Tokens - _last.Tokens) / Math.Max(compute, 1e-9), exchange / Math.Max(compute + exchange, 1e-9)];
        _last = now;
        double[][] all = [.. ranks.Gather(MemoryMarshal.AsBytes(own.AsSpan()))
            .Select(bytes => MemoryMarshal.Cast<byte, double>(bytes).ToArray())];
        return new RankFigures([.. all.Select(each => each[0])], all.Min(each => each[1]));
    }
}
