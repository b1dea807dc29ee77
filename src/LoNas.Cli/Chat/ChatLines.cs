using LoNas.Cli.Output;

namespace LoNas.Cli.Chat;

/// <summary>Where the lines of a chat come from: an editor in a terminal, else as they come.</summary>
/// <param name="console">Input and output.</param>
internal sealed class ChatLines(ConsoleReporter console)
{
    private const string Prompt = "> ";

    /// <summary>Terminals of Windows edit lines themselves, with a history of their own.</summary>
    private readonly LineEditor? _editor =
        console is { IsTerminal: true, Input.IsTerminal: true } && !OperatingSystem.IsWindows()
            ? new LineEditor(
                new LineKeys(
                    () => Console.ReadKey(intercept: true), () => Console.KeyAvailable, console.Write,
                    () => console.Columns),
                Prompt)
            : null;

    /// <summary>Whether a person types, and goes on after a mistake.</summary>
    public bool IsTyped => console.Input.IsTerminal;

    /// <summary>The next line; null behind the last.</summary>
    /// <exception cref="OperationCanceledException">Ctrl+C.</exception>
    public string? Next()
    {
        if (!IsTyped)
        {
            return console.Input.ReadLine();
        }

        // Nothing wakes who waits for a key: signals end the process.
        using var system = Interrupts.Leave();
        if (_editor is null)
        {
            console.Write(console.IsTerminal ? Prompt : "");
            return console.Input.ReadLine();
        }

        Console.TreatControlCAsInput = true;
        try
        {
            return _editor.Read() switch
            {
                (LineEditor.End.Entered, var text) => text,
                (LineEditor.End.Closed, _) => null,
                _ => throw new OperationCanceledException(),
            };
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }
}
