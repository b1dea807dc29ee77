using Spectre.Console;

namespace LoNas.Cli.Output;

/// <summary>A bar that is drawn again and again on a terminal, by a task of its own.</summary>
internal sealed class LiveBar : IDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ProgressTask> _started = new();
    private readonly Task _drawing;

    public LiveBar(IAnsiConsole console, string name, long total, long done)
    {
        var progress = new Progress(console) { AutoClear = true }.Columns(
            new ProgressBarColumn { Width = 24 },
            new PercentageColumn(),
            new TaskDescriptionColumn { Alignment = Justify.Left });
        _drawing = Task.Run(() => progress.StartAsync(async context =>
        {
            var task = context.AddTask(Markup.Escape(name), maxValue: Math.Max(total, 1));
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
        task.Description = Markup.Escape(text);
    }

    public void Dispose()
    {
        _ended.TrySetResult();
        _drawing.GetAwaiter().GetResult();
    }
}
