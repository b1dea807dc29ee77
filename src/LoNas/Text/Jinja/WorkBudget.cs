using System.Runtime.CompilerServices;

namespace LoNas.Text.Jinja;

/// <summary>
/// What one rendering may still do, in steps. It bounds time and memory alike, as what is made is paid for.
/// </summary>
internal sealed class WorkBudget(long steps)
{
    /// <summary>The most characters of a text, 64 MiB.</summary>
    public const int MostText = 32 << 20;

    /// <summary>The most entries of a list.</summary>
    public const int MostItems = 4 << 20;

    /// <summary>How deep lists may lie in each other to be compared, hashed or shown.</summary>
    public const int MostLevels = 300;

    // Of the thread, as a rendering is: values are compared, hashed and printed from everywhere, by a dictionary's own
    // comparer among them, and none of these walks may be forgotten.
    [ThreadStatic]
    private static WorkBudget? _current;

    private long _steps = steps;

    public static JinjaException TooLong() => new(
        $"a text grows beyond {MostText} characters, the most that a template may make");

    public static JinjaException TooDeep() => new($"more than {MostLevels} lists lie in each other; expected fewer");

    /// <summary>Does what is paid from this budget.</summary>
    public void Run(Action work)
    {
        var outer = _current;
        _current = this;
        try
        {
            work();
        }
        finally
        {
            _current = outer;
        }
    }

    /// <summary>Pays for some steps, before they are done; free where nothing is rendered.</summary>
    public static void Spend(long steps)
    {
        if (_current is { } budget && (budget._steps -= steps) < 0)
        {
            throw new JinjaException(
                "the template does more than its messages can need; a loop in it may run far too often");
        }
    }

    /// <summary>Pays for characters that are read, 16 a step.</summary>
    public static void SpendCharacters(long count) => Spend(count >> 4);

    /// <summary>Pays for a text before it is made, and checks its length.</summary>
    public static void SpendText(long length)
    {
        if (length > MostText)
        {
            throw TooLong();
        }

        Spend(1 + (length >> 4));
    }

    /// <summary>Pays for a list before it is made, a step for an item of 32 bytes, and checks its length.</summary>
    public static void SpendItems(long count)
    {
        if (count > MostItems)
        {
            throw new JinjaException($"a list grows beyond {MostItems} entries, the most that a template may make");
        }

        Spend(1 + count);
    }

    /// <summary>Pays for the search of a part in a text.</summary>
    /// <param name="length">The length of the text.</param>
    /// <param name="part">That of the part. A long one may be compared in vain at each character of the text.</param>
    public static void SpendSearch(int length, int part) =>
        SpendCharacters(length + (Math.Max(0L, length - part + 1) * (part >> 8)));

    /// <summary>Pays for a step into what lies in a value.</summary>
    /// <exception cref="JinjaException">It lies too deep.</exception>
    public static void Enter(int level, int most = MostLevels)
    {
        if (level > most || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw TooDeep();
        }

        Spend(1);
    }

    /// <summary>The same where what lies there is made anew, which takes longer.</summary>
    public static void EnterToCopy(int level)
    {
        Enter(level);
        Spend(7);
    }
}
