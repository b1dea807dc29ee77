using System.Numerics;

namespace LoNas.Text.Jinja;

/// <summary>What a value is, as Python would say, and what it holds.</summary>
internal static class ValueKind
{
    /// <summary>Python's name of its type.</summary>
    public static string Name(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        long or BigInteger => "int",
        double => "float",
        string => "str",
        PyList => "list",
        PyTuple => "tuple",
        PyDict => "dict",
        PyRange => "range",
        PyNamespace => "Namespace",
        Undefined => "Undefined",
        Markup => "Markup",
        DictView view => view.Name,
        PyIterator => "generator",
        LoopState => "LoopContext",
        Macro => "Macro",
        _ => "function",
    };

    /// <summary>How a message calls what lacks an attribute.</summary>
    public static string Described(object? value) => value switch
    {
        null => "None",
        PyNamespace => "jinja2.utils.Namespace object",
        LoopState => "jinja2.runtime.LoopContext object",
        Macro => "jinja2.runtime.Macro object",
        _ => $"{Name(value)} object",
    };

    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool flag => flag,
        string text => text.Length > 0,
        long number => number != 0,
        double number => number != 0,
        PySequence sequence => sequence.Items.Length > 0,
        PyDict dict => dict.Count > 0,
        Markup markup => markup.Text.Length > 0,
        PyRange range => range.Count > 0,
        DictView view => view.Items.Length > 0,
        LoopState loop => loop.Length > 0,
        _ => true,
    };

    /// <summary>The text of a text or of marked text; null for anything else.</summary>
    public static string? TextOf(object? value) => value as string ?? (value as Markup)?.Text;

    /// <summary>What a value holds, in order.</summary>
    /// <exception cref="JinjaException">It can't be iterated over.</exception>
    public static IReadOnlyList<object?> Items(object? value) => value switch
    {
        PySequence sequence => sequence.Items,
        PyDict dict => dict.Keys,
        string text => CodePoints.Split(text),
        Markup markup => [.. CodePoints.Split(markup.Text).Select(c => new Markup((string)c!))],
        PyRange range => range.Items,
        DictView view => view.Items,
        PyIterator iterator => iterator.Take(),
        Undefined => [],
        _ => throw new JinjaException($"'{Name(value)}' object is not iterable"),
    };

    public static bool IsIterable(object? value) =>
        value is PySequence or PyDict or string or Markup or PyRange or DictView or PyIterator or Undefined;

    /// <exception cref="JinjaException">It has no length.</exception>
    public static long Length(object? value) => value switch
    {
        string text => CodePoints.Count(text),
        Markup markup => CodePoints.Count(markup.Text),
        PySequence sequence => sequence.Items.Length,
        PyDict dict => dict.Count,
        PyRange range => range.Count,
        DictView view => view.Items.Length,
        LoopState loop => loop.Length,
        Undefined => 0,
        _ => throw new JinjaException($"object of type '{Name(value)}' has no len()"),
    };

    /// <summary>Whether a value is in another.</summary>
    /// <exception cref="JinjaException">The other holds nothing.</exception>
    public static bool Contains(Rendering rendering, object? holder, object? value)
    {
        switch (holder)
        {
            case PyDict dict:
                return dict.TryGet(value, out _);
            case string or Markup:
                var text = TextOf(holder)!;
                rendering.Charge();
                WorkBudget.SpendSearch(text.Length, TextOf(value)?.Length ?? 0);
                return TextOf(value) is { } part
                    ? text.Contains(part, StringComparison.Ordinal)
                    : value is Undefined undefined ? throw new JinjaException(undefined.Reason)
                    : throw new JinjaException(
                        $"'in <string>' requires string as left operand, not {Name(value)}");
            default:
                if (!IsIterable(holder))
                {
                    throw new JinjaException($"argument of type '{Name(holder)}' is not iterable");
                }

                var items = Items(holder);
                rendering.Charge(items.Count);
                return items.Any(item => ReferenceEquals(item, value) || ValueOrder.AreEqual(item, value));
        }
    }

    /// <summary>A whole number.</summary>
    /// <exception cref="JinjaException">It is none.</exception>
    public static long Whole(object? value, string what) => value switch
    {
        long number => number,
        bool flag => flag ? 1 : 0,
        Undefined undefined => throw new JinjaException(undefined.Reason),
        _ => throw new JinjaException($"{what} is a {Name(value)}; expected an int"),
    };

    /// <summary>The same as a place or a count, beyond which nothing is.</summary>
    public static int Small(object? value, string what) =>
        (int)Math.Clamp(Whole(value, what), -int.MaxValue, int.MaxValue);
}
