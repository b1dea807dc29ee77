using Microsoft.Extensions.Logging;

namespace LoNas.Tests.Support;

/// <summary>Keeps what the library says to the user.</summary>
internal sealed class NoticeList : ILogger
{
    /// <summary>The texts in order.</summary>
    public List<string> Texts { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter) => Texts.Add(formatter(state, exception));
}
