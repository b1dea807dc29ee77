namespace LoNas.Cli.Chat;

/// <summary>The keys of a terminal, and where their echo goes.</summary>
/// <param name="Read">Waits for a key.</param>
/// <param name="IsMore">Whether another key is there already, as of a pasted text.</param>
/// <param name="Write">Writes text and control codes.</param>
/// <param name="Columns">Columns of the terminal.</param>
internal sealed record LineKeys(Func<ConsoleKeyInfo> Read, Func<bool> IsMore, Action<string> Write, Func<int> Columns);

/// <summary>
/// Reads lines in a terminal: arrows, Home and End move, up and down give earlier lines, and pasted text keeps its line
/// ends. A line that is longer than its row moves under the cursor.
/// </summary>
internal sealed class LineEditor(LineKeys keys, string prompt)
{
    private const int LeastColumns = 8;

    private readonly List<string> _history = [];

    /// <summary>How a line ended.</summary>
    public enum End
    {
        /// <summary>With Enter.</summary>
        Entered,

        /// <summary>With Ctrl+D on an empty line.</summary>
        Closed,

        /// <summary>With Ctrl+C on an empty line.</summary>
        Interrupted,
    }

    /// <summary>Reads a line.</summary>
    public (End End, string Text) Read()
    {
        var line = new EditedLine();
        var draft = "";
        int place = _history.Count;
        Show(line);
        while (true)
        {
            var key = keys.Read();
            bool isControl = key.Modifiers.HasFlag(ConsoleModifiers.Control);
            if (key.Key == ConsoleKey.Enter && !keys.IsMore())
            {
                return Entered(line.Text);
            }

            if (isControl && key.Key is ConsoleKey.C or ConsoleKey.D && line.Text.Length == 0)
            {
                keys.Write("\n");
                return (key.Key == ConsoleKey.C ? End.Interrupted : End.Closed, "");
            }

            if (key.Key is ConsoleKey.UpArrow or ConsoleKey.DownArrow)
            {
                draft = place == _history.Count ? line.Text : draft;
                place = Math.Clamp(place + (key.Key == ConsoleKey.UpArrow ? -1 : 1), 0, _history.Count);
                line.Text = place == _history.Count ? draft : _history[place];
            }
            else
            {
                Edit(line, key, isControl);
            }

            // Pasted text is shown when all of it has come, and a character of two halves when both have.
            if (!keys.IsMore())
            {
                Show(line);
            }
        }
    }

    private static void Edit(EditedLine line, ConsoleKeyInfo key, bool isControl)
    {
        switch (key.Key, isControl)
        {
            case (ConsoleKey.LeftArrow, _) or (ConsoleKey.B, true):
                line.Move(-1);
                break;
            case (ConsoleKey.RightArrow, _) or (ConsoleKey.F, true):
                line.Move(1);
                break;
            case (ConsoleKey.Home, _) or (ConsoleKey.A, true):
                line.MoveTo(end: false);
                break;
            case (ConsoleKey.End, _) or (ConsoleKey.E, true):
                line.MoveTo(end: true);
                break;
            case (ConsoleKey.Backspace, _) or (ConsoleKey.H, true):
                line.Remove(before: true);
                break;
            case (ConsoleKey.Delete, _) or (ConsoleKey.D, true):
                line.Remove(before: false);
                break;
            case (ConsoleKey.U, true):
                line.RemoveAll(before: true);
                break;
            case (ConsoleKey.K, true):
                line.RemoveAll(before: false);
                break;
            case (ConsoleKey.W, true):
                line.RemoveWord();
                break;
            case (ConsoleKey.C, true):
                line.Text = "";
                break;
            case (ConsoleKey.Enter, _):
                line.Insert("\n");
                break;
            default:
                Type(line, key);
                break;
        }
    }

    private static void Type(EditedLine line, ConsoleKeyInfo key)
    {
        bool isAlt = key.Modifiers.HasFlag(ConsoleModifiers.Alt) && !key.Modifiers.HasFlag(ConsoleModifiers.Control);
        if (key.KeyChar is '\n' or '\t' || (!char.IsControl(key.KeyChar) && key.KeyChar != '\0' && !isAlt))
        {
            line.Insert(key.KeyChar.ToString());
        }
    }

    private (End End, string Text) Entered(string text)
    {
        // The row that was edited becomes the whole line, as it stays on the screen.
        keys.Write($"\r\e[K{prompt}{text}\n");
        if (text.Trim().Length > 0 && (_history.Count == 0 || _history[^1] != text))
        {
            _history.Add(text);
        }

        return (End.Entered, text);
    }

    private void Show(EditedLine line)
    {
        var (shown, column) = line.Within(Math.Max(LeastColumns, keys.Columns() - prompt.Length - 1));
        int right = prompt.Length + column;
        keys.Write($"\r{prompt}{shown}\e[K\r{(right > 0 ? $"\e[{right}C" : "")}");
    }
}
