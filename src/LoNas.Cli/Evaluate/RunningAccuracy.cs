using System.Globalization;
using LoNas.Cli.Output;
using LoNas.Evaluation;

namespace LoNas.Cli.Evaluate;

/// <summary>Counts judged records and shows them on a bar with the accuracy so far.</summary>
internal sealed class RunningAccuracy(ProgressLine bar)
{
    private int _done;
    private int _right;

    /// <summary>Counts one more record.</summary>
    /// <param name="judged">The record.</param>
    /// <param name="wasKnown">Whether it was judged before, so that the bar begins after it.</param>
    public void Add(JudgedRecord judged, bool wasKnown = false)
    {
        _done++;
        _right += judged.IsRight ? 1 : 0;
        if (wasKnown)
        {
            return;
        }

        bar.Update(_done, string.Create(CultureInfo.InvariantCulture, $"accuracy {(double)_right / _done:0.0 %}"));
    }
}
