using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Generation;
using LoNas.Text.Chat;

namespace LoNas.Cli.Chat;

/// <summary>The turns of a chat: what is said, the answer as it comes, and Ctrl+C, which stops it.</summary>
/// <param name="session">The conversation.</param>
/// <param name="model">The model.</param>
/// <param name="console">Where answers are shown.</param>
/// <param name="cancel">Ends the program.</param>
internal sealed class ChatTurns(
    ChatSession session, ElasticModel model, ConsoleReporter console, CancellationToken cancel)
{
    private readonly ConsoleReporter _notes = console.OnError();
    private bool _isLong;

    /// <summary>The system message; null for none.</summary>
    public string? System
    {
        get => session.Messages is [{ Role: ChatMessage.System } first, ..] ? first.Text : null;
        set
        {
            if (System is not null)
            {
                session.Messages.RemoveAt(0);
            }

            if (value is not null)
            {
                session.Messages.Insert(0, new ChatMessage(ChatMessage.System, value));
            }
        }
    }

    /// <summary>Says something and shows the answer.</summary>
    public void Say(string text)
    {
        bool isRowOpen = false;
        ChatAnswer answer;
        try
        {
            answer = Stoppable(stop => session.Say(text, Show, stop));
        }
        finally
        {
            if (isRowOpen)
            {
                console.Line();
            }
        }

        // An empty answer is a line too, so that lines of input and answers keep together.
        if (!isRowOpen)
        {
            console.Line();
        }

        Tell(answer);

        void Show(string piece)
        {
            isRowOpen = true;
            console.Write(console.IsTerminal ? Printable(piece) : piece);
        }
    }

    /// <summary>Works; where a person types, Ctrl+C stops it and the chat goes on.</summary>
    public T Stoppable<T>(Func<CancellationToken, T> work)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var first = console.Input.IsTerminal ? Interrupts.Stop(stop) : null;
        var result = work(stop.Token);
        cancel.ThrowIfCancellationRequested();
        return result;
    }

    /// <summary>What a model writes gives a terminal no commands.</summary>
    private static string Printable(string piece) => string.Concat(piece.Select(letter =>
        char.IsControl(letter) && letter is not ('\n' or '\t') ? '\ufffd' : letter));

    private void Tell(ChatAnswer answer)
    {
        if (answer.Ending == ChatEnding.Stopped)
        {
            _notes.Line(answer.Text.Length > 0 ? "(stopped)" : "(stopped; the message is taken back)");
        }

        if (answer.Ending == ChatEnding.Length)
        {
            _notes.Line($"(cut after {answer.Ids.Count} tokens; --max_new_tokens allows more)");
        }

        int tokens = answer.ReusedTokens + answer.ComputedTokens + answer.Ids.Count;
        if (!_isLong && tokens > model.Folder.Config.MaxPositions)
        {
            _isLong = true;
            model.WarnIfLong(tokens, console);
        }
    }
}
