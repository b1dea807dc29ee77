using LoNas.Cli.Output;

namespace LoNas.Cli.Extract;

/// <summary>Shows how far a model is written, in MiB, on standard error: results alone go to standard output.</summary>
internal sealed class WritingBar(ConsoleReporter console) : IDisposable
{
    private const int Mebibyte = 20;

    private ProgressLine? _line;
    private long _shown = -1;

    public void Show(long done, long total)
    {
        // What is written in a moment needs no bar.
        if (done >> Mebibyte == _shown || total >> Mebibyte < 64)
        {
            return;
        }

        _shown = done >> Mebibyte;
        _line ??= console.OnError().StartBar("writing (MiB)", total >> Mebibyte);
        _line.Update(_shown);
    }

    public void Dispose() => _line?.Dispose();
}
