using System.Text;

namespace LoNas.Generation;

/// <summary>
/// An answer's text as it comes in pieces: without the space around it, and up to the text that ends a turn where no
/// token does. What may still turn out to be either is held back.
/// </summary>
/// <param name="end">The text that ends a turn; null where a token does.</param>
internal sealed class AnswerText(string? end)
{
    private readonly StringBuilder _shown = new();
    private string _held = "";

    /// <summary>Whether the text that ends a turn has come.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>What is certain by now.</summary>
    public override string ToString() => _shown.ToString();

    /// <summary>Takes a piece, and gives what of the text is now certain.</summary>
    public string Push(string piece)
    {
        _held += piece;
        _held = _shown.Length == 0 ? _held.TrimStart() : _held;
        int found = end is null ? -1 : _held.IndexOf(end, StringComparison.Ordinal);
        if (found >= 0)
        {
            IsEnded = true;
            _held = _held[..found];
            return Finish("");
        }

        return Take(_held[..EndStart()].TrimEnd().Length);
    }

    /// <summary>Takes the last piece, and gives the rest of the text.</summary>
    public string Finish(string piece)
    {
        var rest = piece.Length > 0 ? Push(piece) : "";
        rest += Take(_held.TrimEnd().Length);
        _held = "";
        return rest;
    }

    /// <summary>Where what is held may be the beginning of the end.</summary>
    private int EndStart()
    {
        int start = Math.Max(0, _held.Length - (end?.Length ?? 0) + 1);
        while (start < _held.Length && !end!.StartsWith(_held[start..], StringComparison.Ordinal))
        {
            start++;
        }

        return Math.Min(start, _held.Length);
    }

    private string Take(int count)
    {
        var taken = _held[..count];
        _shown.Append(taken);
        _held = _held[count..];
        return taken;
    }
}
