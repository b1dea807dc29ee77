using System.Globalization;
using LoNas.Evaluation;

namespace LoNas.Cli.Output;

/// <summary>Counts judged records and shows them on a bar with the accuracy so far.</summary>
internal sealed class RunningAccuracy(ProgressLine bar)
{
    private int _done;
    private int _right;

    /// <summary>Counts one more record.</summary>
    public void Add(JudgedRecord judged)
    {
        _done++;
        _right += judged.IsRight ? 1 : 0;
        bar.Update(_done, string.Create(CultureInfo.InvariantCulture, $"accuracy {(double)_right / _done:0.0 %}"));
    }
}
