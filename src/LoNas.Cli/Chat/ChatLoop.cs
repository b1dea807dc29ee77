using LoNas.Cli.Output;

namespace LoNas.Cli.Chat;

/// <summary>
/// Reads lines and answers them. Where a person types, a mistake is told and the chat goes on; in a pipe it ends it.
/// </summary>
/// <param name="turns">Answers messages.</param>
/// <param name="words">Takes commands.</param>
/// <param name="console">Input and output.</param>
internal sealed class ChatLoop(ChatTurns turns, ChatWords words, ConsoleReporter console)
{
    private readonly ChatLines _lines = new(console);

    /// <summary>Runs to the end of the input, or to the command that ends it.</summary>
    /// <param name="system">The system message; null for none.</param>
    public void Run(string? system)
    {
        turns.System = system;
        if (_lines.IsTyped)
        {
            console.OnError().Line("Type a message; /help lists the commands, Ctrl+C stops an answer, /exit ends.");
        }

        while (Interruption.Explain(_lines.Next, () => "the conversation ends; /save FILE keeps one") is { } line)
        {
            if (line.Trim().Length > 0 && !TryAnswer(line))
            {
                return;
            }
        }
    }

    /// <summary>Whether the chat goes on.</summary>
    private bool TryAnswer(string line)
    {
        try
        {
            if (ChatWords.IsCommand(line))
            {
                return words.Run(line);
            }

            // A message that begins with a slash is written with two.
            turns.Say(line.StartsWith('/') ? line[1..] : line);
        }
        catch (Exception error) when (_lines.IsTyped && error is InvalidDataException or ArgumentException
            or UnauthorizedAccessException or IOException)
        {
            Failure.Tell(error, console);
        }

        return true;
    }
}
