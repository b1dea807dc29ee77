using System.Numerics;

namespace LoNas.Text.Jinja;

/// <summary>
/// A value of a template is null (None), bool, long, BigInteger (beyond 64 bits, which is shown and not reckoned with),
/// double, string, or one of these types.
/// </summary>
internal abstract class PySequence(object?[] items)
{
    public object?[] Items { get; } = items;
}

internal sealed class PyList(object?[] items) : PySequence(items);

internal class PyTuple(object?[] items) : PySequence(items);

/// <summary>What <c>groupby</c> gives: a tuple whose parts have names.</summary>
internal sealed class GroupTuple(object? grouper, PyList list) : PyTuple([grouper, list]);

/// <summary>Text that is safe in HTML: what is joined to it is escaped.</summary>
internal sealed class Markup(string text)
{
    public string Text { get; } = text;

    public override string ToString() => Text;

    public static string Escape(string text)
    {
        // A character becomes at most five.
        WorkBudget.SpendText(text.Length + (4L * text.AsSpan().CountAny('&', '>', '<', '\'', '"')));
        return text.Replace("&", "&amp;").Replace(">", "&gt;").Replace("<", "&lt;")
            .Replace("'", "&#39;").Replace("\"", "&#34;");
    }
}

/// <summary>What is iterated over once: Python's generators.</summary>
internal sealed class PyIterator(string name, IReadOnlyList<object?> items)
{
    private IReadOnlyList<object?>? _items = items;

    public string Name => name;

    public IReadOnlyList<object?> Take()
    {
        var items = _items ?? [];
        _items = null;
        return items;
    }
}

/// <summary>Whole numbers in even steps.</summary>
internal sealed class PyRange(long start, long stop, long step)
{
    public long Start => start;

    public long Stop => stop;

    public long Step => step;

    public int Count => (int)BigInteger.Max(0, step > 0
        ? ((BigInteger)stop - start + step - 1) / step
        : ((BigInteger)start - stop - step - 1) / -(BigInteger)step);

    public object?[] Items
    {
        get
        {
            WorkBudget.SpendItems(Count);
            return [.. Enumerable.Range(0, Count).Select(i => (object?)(start + (i * step)))];
        }
    }
}

/// <summary>The keys, values or pairs of a dictionary.</summary>
internal sealed class DictView(string name, object?[] items)
{
    public string Name => name;

    public object?[] Items => items;
}

/// <summary>What is not there; it prints as nothing, and what uses it otherwise is told why.</summary>
internal sealed class Undefined
{
    private readonly Func<string> _reason;

    public Undefined(string reason) => _reason = () => reason;

    private Undefined(Func<string> reason) => _reason = reason;

    public string Reason => _reason();

    public static Undefined Name(string name) => new($"'{name}' is undefined");

    public static Undefined Member(object? owner, object? key) => new(() => key is string or Markup
        ? $"'{ValueKind.Described(owner)}' has no attribute '{key}'"
        : $"{ValueKind.Described(owner)} has no element {ValueText.Repr(key)}");

    public static Undefined Unsafe(object? owner, string key) => new(
        $"access to attribute '{key}' of '{ValueKind.Name(owner)}' object is unsafe: a template changes nothing and "
        + "sees its variables alone");

}

/// <summary>What a template may set attributes of.</summary>
internal sealed class PyNamespace
{
    public PyDict Attributes { get; } = new();
}

/// <summary>What may be called.</summary>
internal abstract class PyCallable
{
    public abstract string Shown { get; }

    public abstract object? Call(Rendering rendering, CallArguments arguments);
}

/// <summary>What a call is given.</summary>
internal readonly record struct CallArguments(object?[] Positional, (string Name, object? Value)[] Named)
{
    public static CallArguments None { get; } = new([], []);
}
