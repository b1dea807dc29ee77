using LoNas.Opening;
using Microsoft.Extensions.Logging;

namespace LoNas.Cli.Output;

/// <summary>What the library tells a log, as the console's lines and warnings.</summary>
/// <param name="console">Takes warnings.</param>
/// <param name="notes">Takes everything else; null is <paramref name="console"/>.</param>
internal sealed class ConsoleLogger(ConsoleReporter console, ConsoleReporter? notes = null) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Information and < LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var text = formatter(state, exception);
        if (logLevel >= LogLevel.Warning)
        {
            console.Warn(state is Notice notice ? SettingFlags.Add(text, notice.Settings) : text);
        }
        else
        {
            (notes ?? console).Line(text);
        }
    }
}
