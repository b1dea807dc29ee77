using Spectre.Console;

namespace LoNas.Cli.Output;

/// <summary>
/// A bar that is drawn again and again on a terminal, by a task of its own. It takes one line: where that is short, the
/// bar itself is, and the text beside it loses what stands last.
/// </summary>
internal sealed class LiveBar : IDisposable
{
    /// <summary>A terminal with fewer columns, or a single row, has no room for a bar.</summary>
    public const int LeastColumns = 20;

    private const int Longest = 24;

    /// <summary>What the text is to have before the bar has more than nothing.</summary>
    private const int TextFirst = 48;

    /// <summary>The share done, and the spaces around it.</summary>
    private const int Share = 6;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ProgressTask> _started = new();
    private readonly Task _drawing;
    private readonly int _room;

    public LiveBar(IAnsiConsole console, string name, long total, long done, int columns)
    {
        int bar = Math.Clamp(columns - Share - 1 - TextFirst, 0, Longest);
        _room = columns - Share - (bar > 0 ? bar + 1 : 0);
        var progress = new Progress(console) { AutoClear = true }.Columns(
        [
            .. bar > 0 ? [new ProgressBarColumn { Width = bar }] : Array.Empty<ProgressColumn>(),
            new PercentageColumn(),
            new TaskDescriptionColumn { Alignment = Justify.Left },
        ]);
        _drawing = Task.Run(() => progress.StartAsync(async context =>
        {
            var task = context.AddTask(Shown(name, _room), maxValue: Math.Max(total, 1));
            task.Value = done;
            _started.SetResult(task);
            await _ended.Task.ConfigureAwait(false);
        }));
    }

    /// <summary>Moves the bar; <paramref name="text"/> stands beside it.</summary>
    public void Update(long done, string text)
    {
        if (Task.WaitAny(_started.Task, _drawing) == 1)
        {
            _drawing.GetAwaiter().GetResult(); // throws what stopped it
        }

        var task = _started.Task.Result;
        task.Value = done;
        task.Description = Shown(text, _room);
    }

    /// <summary>What draws the bar needs a name that is not empty.</summary>
    private static string Shown(string text, int room) =>
        Fitting(text, room) is { Length: > 0 } fitting ? Markup.Escape(fitting) : "…";

    /// <summary>A text without those of its last parts that have no room: no number is cut.</summary>
    internal static string Fitting(string text, int room)
    {
        while (WrappedText.ColumnsOf(text) > room)
        {
            int end = text.LastIndexOf(',');
            text = text[..Math.Max(end < 0 ? text.LastIndexOf(' ') : end, 0)];
        }

        return text;
    }

    public void Dispose()
    {
        _ended.TrySetResult();
        _drawing.GetAwaiter().GetResult();
    }
}
