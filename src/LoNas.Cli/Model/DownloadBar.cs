using LoNas.Cli.Output;
using LoNas.Hub;

namespace LoNas.Cli.Model;

/// <summary>Shows a download in MiB, from its first byte on.</summary>
internal sealed class DownloadBar(ConsoleReporter console, string name) : IDisposable
{
    private const int Mebibyte = 20;

    private ProgressLine? _line;
    private long _shown = -1;

    public void Show(HubProgress progress)
    {
        long done = progress.Done >> Mebibyte;
        if (done == _shown)
        {
            return; // the bar moves by whole units
        }

        _line ??= console.StartBar($"downloading {name} (MiB)", progress.Total >> Mebibyte);
        _line.Update(done, progress.File);
        _shown = done;
    }

    public void Dispose() => _line?.Dispose();
}
