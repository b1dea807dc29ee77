using System.Text.Json.Nodes;
using LoNas.Distributed;
using Spectre.Console;

namespace LoNas.Cli.Output;

/// <summary>
/// Everything the program shows. Results go to standard output, warnings and errors to standard error. A terminal gets
/// colours, moving bars, and text and tables of its width; a file or pipe plain lines and whole tables.
/// </summary>
internal sealed class ConsoleReporter
{
    /// <summary>Columns of what has none; a table that is wider makes them more.</summary>
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

    /// <summary>Whether a person reads standard output as it comes.</summary>
    public bool IsTerminal => _terminal;

    /// <summary>What the user types or pipes in.</summary>
    public ConsoleInput Input { get; init; } = ConsoleInput.None;

    /// <summary>Columns that the user asks for; null for what a terminal says itself.</summary>
    internal int? Width { private get; init; }

    /// <summary>Whether standard error is a terminal; as standard output unless it is said.</summary>
    internal bool? ErrorIsTerminal { private get; init; }

    /// <summary>Whether text has a terminal's width, though nothing moves there.</summary>
    private bool? OutputIsTerminal { get; init; }

    private bool OutputWraps => OutputIsTerminal ?? _terminal;

    private bool ErrorWraps => ErrorIsTerminal ?? _terminal;

    /// <summary>Whether tables show all digits where a terminal is too narrow for them in columns.</summary>
    public bool Exact { get; set; }

    /// <summary>The file that the command's options come from, which it may not replace; null for none.</summary>
    public string? OptionsFile { get; set; }

    /// <summary>Whether an error's origin is shown too.</summary>
    public bool ShowsTraces { get; set; }

    /// <summary>Columns that there are room for.</summary>
    public int Columns => _terminal ? TerminalColumns : PlainWidth;

    /// <summary>Columns that pages of text are laid out for; null where neither terminal nor user says.</summary>
    public int? PageColumns => _terminal ? TerminalColumns : Width;

    private int TerminalColumns => Width ?? TerminalWidth.Now();

    /// <summary>The reporter of this process' own console.</summary>
    public static ConsoleReporter ForProcess()
    {
        if (Launcher.Find() is not null)
        {
            // It may give its processes a terminal, and passes on what they write there to wherever its output goes.
            Environment.SetEnvironmentVariable("TERM", "dumb");
        }

        bool moves = Environment.GetEnvironmentVariable("TERM") != "dumb";
        bool terminal = moves && !Console.IsOutputRedirected;
        bool colors = terminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return new ConsoleReporter(Console.Out, Console.Error, terminal, colors)
        {
            ErrorIsTerminal = moves && !Console.IsErrorRedirected,
            Width = TerminalWidth.Asked(),
            Input = ConsoleInput.OfProcess(),
        };
    }

    /// <summary>Whether standard output is a terminal that shows colours.</summary>
    public bool HasColors => _terminal && _colors;

    /// <summary>The same with everything on standard error: for what is no result.</summary>
    public ConsoleReporter OnError()
    {
        // A bar of its own is drawn where results are seen, too.
        bool terminal = _terminal && ErrorWraps;
        return new ConsoleReporter(_error, _error, terminal, terminal && _colors, _clock, Log)
        {
            Width = Width,
            OutputIsTerminal = ErrorWraps,
            ErrorIsTerminal = ErrorIsTerminal,
            Exact = Exact,
            OptionsFile = OptionsFile,
        };
    }

    /// <summary>One that shows and keeps nothing, for a process whose work another shows.</summary>
    public ConsoleReporter Silent() => new(TextWriter.Null, TextWriter.Null, log: RunLog.None)
    {
        Exact = Exact,
        OptionsFile = OptionsFile,
    };

    /// <summary>Writes text as it is, without a line end, and at once: for text that comes in pieces.</summary>
    public void Write(string text) => ToOutput(() =>
    {
        _output.Write(text);
        _output.Flush();
    });

    /// <summary>
    /// Writes text for people; above the bar while one is shown. A terminal gets it in lines of its width.
    /// </summary>
    public void Line(string text = "")
    {
        Log.Add("info", "message", text);
        Show(text);
    }

    /// <summary>
    /// Writes a line as it is, however long: a command to be copied, JSON, a model's answer. In a terminal it goes on
    /// in the next row by itself, and is still one line to copy.
    /// </summary>
    public void Verbatim(string text)
    {
        Log.Add("info", "message", text);
        ShowWhole(text);
    }

    /// <summary>Writes a line whose numbers the log keeps apart.</summary>
    public void Event(string name, string text, JsonObject fields)
    {
        Log.Add("info", name, text, fields);
        Show(text);
    }

    /// <summary>Writes text for people that the log does without, such as how far a bar is.</summary>
    internal void Show(string text) => ShowWhole(OutputWraps ? WrappedText.Of(text, TerminalColumns) : text);

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
            NoticeWhole(trace);
        }
    }

    /// <summary>
    /// Writes a table; the first column and those of words are aligned on the left, the others on the right. Where the
    /// terminal is too narrow for it large numbers are rounded, and where it still is each row becomes lines of its
    /// own.
    /// </summary>
    public void Table(string? title, IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (title is not null)
        {
            Line(title);
        }

        _ansi.Value.Profile.Width = Columns;
        var table = new ResultTable(headings, [.. rows]);
        if (table.Write(_ansi.Value, _terminal, Exact))
        {
            Show("(rounded; --exact shows all digits)");
        }
    }

    /// <summary>Shows how far some work is until the result is disposed.</summary>
    /// <param name="name">What is done, such as <c>training</c>.</param>
    /// <param name="total">Units in all.</param>
    /// <param name="done">Units done before, as after a resume; they don't count for the rate.</param>
    public ProgressLine StartBar(string name, long total, long done = 0)
    {
        bool hasRoom = _terminal && TerminalColumns >= LiveBar.LeastColumns && _ansi.Value.Profile.Height > 1;
        _live = hasRoom ? new LiveBar(_ansi.Value, name, total, done, TerminalColumns) : null;
        return new ProgressLine(this, name, new ProgressRate(total, done, _clock), _live);
    }

    /// <summary>Takes the bar away, so that lines are written directly again.</summary>
    internal void EndBar()
    {
        _live?.Dispose();
        _live = null;
    }

    private void Notice(string text) =>
        NoticeWhole(ErrorWraps ? WrappedText.Of(text, TerminalColumns) : text);

    private void NoticeWhole(string text)
    {
        // A second writer on the same terminal would break the bar.
        if (_live is not null && ErrorWraps)
        {
            AboveBar(text);
        }
        else
        {
            ToError(text);
        }
    }

    private void ShowWhole(string text)
    {
        if (_live is not null)
        {
            AboveBar(text);
        }
        else
        {
            ToOutput(() => _output.WriteLine(text));
        }
    }

    // As a control code, so that no line is broken anew.
    private void AboveBar(string text) => _ansi.Value.Write(new ControlCode($"{text}\n"));

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
        ansi.Profile.Width = Columns;
        return ansi;
    }
}
