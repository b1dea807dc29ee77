using System.Text.Json.Nodes;
using Spectre.Console;

namespace LoNas.Cli.Output;

/// <summary>
/// Everything the program shows. Results go to standard output, warnings and errors to standard error. A terminal gets
/// colours and moving bars, a file or pipe plain lines.
/// </summary>
internal sealed class ConsoleReporter
{
    private const int PlainWidth = 160;

    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly bool _terminal;
    private readonly bool _colors;
    private readonly TimeProvider _clock;
    private readonly Lazy<IAnsiConsole> _ansi;
    private LiveBar? _live;

    /// <param name="output">Takes results.</param>
    /// <param name="error">Takes warnings and errors.</param>
    /// <param name="terminal">Whether <paramref name="output"/> is a terminal.</param>
    /// <param name="colors">Whether colours are wanted there.</param>
    /// <param name="clock">Gives the time for rates.</param>
    /// <param name="log">Takes what is said; null for a log of its own.</param>
    public ConsoleReporter(
        TextWriter output,
        TextWriter error,
        bool terminal = false,
        bool colors = false,
        TimeProvider? clock = null,
        RunLog? log = null)
    {
        (_output, _error, _terminal, _colors, _clock) = (output, error, terminal, colors, clock ?? TimeProvider.System);
        Log = log ?? new RunLog(_clock);
        _ansi = new Lazy<IAnsiConsole>(() => CreateAnsi(terminal, colors));
    }

    /// <summary>Takes lines, warnings and errors too, once a command begins it.</summary>
    public RunLog Log { get; }

    /// <summary>Columns of the terminal; null for what it says itself.</summary>
    internal int? Width { private get; init; }

    /// <summary>The reporter of this process' own console.</summary>
    public static ConsoleReporter ForProcess()
    {
        bool terminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
        bool colors = terminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return new ConsoleReporter(Console.Out, Console.Error, terminal, colors);
    }

    /// <summary>The same with everything on standard error: for what is no result.</summary>
    public ConsoleReporter OnError()
    {
        bool terminal = _terminal && !Console.IsErrorRedirected;
        return new ConsoleReporter(_error, _error, terminal, terminal && _colors, _clock, Log);
    }

    /// <summary>Writes text as it is, without a line end, and at once: for text that comes in pieces.</summary>
    public void Write(string text) => ToOutput(() =>
    {
        _output.Write(text);
        _output.Flush();
    });

    /// <summary>Writes a line; above the bar while one is shown.</summary>
    public void Line(string text = "")
    {
        Log.Add("info", "message", text);
        Show(text);
    }

    /// <summary>Writes a line whose numbers the log keeps apart.</summary>
    public void Event(string name, string text, JsonObject fields)
    {
        Log.Add("info", name, text, fields);
        Show(text);
    }

    /// <summary>Writes a line that the log does without, such as how far a bar is.</summary>
    internal void Show(string text)
    {
        if (_live is null)
        {
            ToOutput(() => _output.WriteLine(text));
        }
        else
        {
            _ansi.Value.WriteLine(text);
        }
    }

    /// <summary>Warns on standard error.</summary>
    public void Warn(string text)
    {
        Log.Add("warning", "warning", text);
        Notice($"warning: {text}");
    }

    /// <summary>
    /// Writes the one message of a failure on standard error, and its origin where that is asked for.
    /// </summary>
    public void Error(string text, string? trace = null)
    {
        Notice($"error: {text}");
        if (trace is not null)
        {
            Notice(trace);
        }
    }

    /// <summary>
    /// Writes a table; the first column is aligned on the left, the others on the right. Where the terminal is too
    /// narrow for it each row becomes lines of its own, so that numbers stay whole.
    /// </summary>
    public void Table(string? title, IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (title is not null)
        {
            Line(title);
        }

        var all = rows.ToArray();
        if (!ResultTable.Write(_ansi.Value, _terminal, headings, all))
        {
            foreach (var line in ResultTable.Stacked(headings, all))
            {
                _ansi.Value.WriteLine(line);
            }
        }
    }

    /// <summary>Shows how far some work is until the result is disposed.</summary>
    /// <param name="name">What is done, such as <c>training</c>.</param>
    /// <param name="total">Units in all.</param>
    /// <param name="done">Units done before, as after a resume; they don't count for the rate.</param>
    public ProgressLine StartBar(string name, long total, long done = 0)
    {
        _live = _terminal ? new LiveBar(_ansi.Value, name, total, done) : null;
        return new ProgressLine(this, name, new ProgressRate(total, done, _clock), _live);
    }

    /// <summary>Takes the bar away, so that lines are written directly again.</summary>
    internal void EndBar()
    {
        _live?.Dispose();
        _live = null;
    }

    private void Notice(string text)
    {
        // A second writer on the same terminal would break the bar.
        if (_live is not null && !Console.IsErrorRedirected)
        {
            _ansi.Value.WriteLine(text);
        }
        else
        {
            ToError(text);
        }
    }

    private static void ToOutput(Action write)
    {
        try
        {
            write();
        }
        catch (UnauthorizedAccessException)
        {
            throw new IOException("standard output can't be written to: it is closed, or open for reading only");
        }
    }

    private void ToError(string text)
    {
        try
        {
            _error.WriteLine(text);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Closed or full: results and the exit code are what is left to tell with.
        }
    }

    private IAnsiConsole CreateAnsi(bool terminal, bool colors)
    {
        var ansi = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(_output),
            Ansi = terminal ? AnsiSupport.Yes : AnsiSupport.No,
            Interactive = terminal ? InteractionSupport.Yes : InteractionSupport.No,
            ColorSystem = colors ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        if ((Width ?? (terminal ? null : PlainWidth)) is { } width)
        {
            ansi.Profile.Width = width;
        }

        return ansi;
    }
}
