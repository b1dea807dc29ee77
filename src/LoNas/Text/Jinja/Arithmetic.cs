using System.Numerics;

namespace LoNas.Text.Jinja;

/// <summary>Python's operators. Whole numbers have 64 bits, and more are refused.</summary>
internal static class Arithmetic
{
    /// <summary>What two values make.</summary>
    /// <exception cref="JinjaException">They make nothing.</exception>
    public static object? Apply(Rendering rendering, string sign, object? left, object? right)
    {
        if ((left as Undefined ?? right as Undefined) is { } missing && !(sign == "%" && left is string))
        {
            throw new JinjaException(missing.Reason);
        }

        if (left is Markup or string && sign == "%")
        {
            return Formatted(rendering, left, right);
        }

        return sign switch
        {
            "+" when Joined(rendering, left, right) is { } joined => joined,
            "*" when Repeated(rendering, left, right) is { } repeated => repeated,
            _ => Reckoned(sign, left, right) ?? throw Unsupported(sign, left, right),
        };
    }

    public static object? Signed(string sign, object? value) => value switch
    {
        // Boxed one by one: together they would all be doubles.
        long number => (object)(sign != "-" ? number : number != long.MinValue ? -number : throw TooLarge()),
        bool flag => (flag ? 1L : 0L) * (sign == "-" ? -1 : 1),
        double number => sign == "-" ? -number : number,
        Undefined missing => throw new JinjaException(missing.Reason),
        _ => throw new JinjaException($"bad operand type for unary {sign}: '{ValueKind.Name(value)}'"),
    };

    /// <summary>Jinja's <c>~</c>: the texts of all values, joined.</summary>
    public static string Concat(Rendering rendering, object?[] values)
    {
        var text = "";
        foreach (var part in values.Select(rendering.Shown))
        {
            text = text.Length == 0 ? part : part.Length == 0 ? text : rendering.Joined(text, part);
        }

        return text;
    }

    /// <summary>The text of a value beside marked text.</summary>
    public static string Escaped(object? value) =>
        value is Markup markup ? markup.Text : Markup.Escape(ValueText.Of(value));

    public static JinjaException TooLarge() => new(
        "a whole number grows beyond 64 bits, which are all that it has here");

    private static object Formatted(Rendering rendering, object left, object? right) => left is Markup markup
        ? new Markup(PercentFormat.Apply(rendering, markup.Text, EscapedArguments(right, 0)))
        : PercentFormat.Apply(rendering, (string)left, right);

    private static object? EscapedArguments(object? value, int level)
    {
        WorkBudget.EnterToCopy(level);
        return value switch
        {
            string text => Markup.Escape(text),
            PyTuple tuple => new PyTuple([.. tuple.Items.Select(item => EscapedArguments(item, level + 1))]),
            PyDict dict => PyDict.Of(dict.Entries.Select(
                entry => KeyValuePair.Create(entry.Key, EscapedArguments(entry.Value, level + 1)))),
            _ => value,
        };
    }

    private static object? Joined(Rendering rendering, object? left, object? right)
    {
        switch (left, right)
        {
            case (string a, string b):
                return rendering.Joined(a, b);
            case (Markup or string, Markup or string):
                return new Markup(rendering.Joined(Escaped(left), Escaped(right)));
            case (PyList a, PyList b):
                rendering.ChargeItems(a.Items.Length + (long)b.Items.Length);
                return new PyList([.. a.Items, .. b.Items]);
            case (PyTuple a, PyTuple b):
                rendering.ChargeItems(a.Items.Length + (long)b.Items.Length);
                return new PyTuple([.. a.Items, .. b.Items]);
            case (string or PySequence, _):
                var name = ValueKind.Name(left);
                throw new JinjaException(
                    $"can only concatenate {name} (not \"{ValueKind.Name(right)}\") to {name}");
            default:
                return null;
        }
    }

    private static object? Repeated(Rendering rendering, object? left, object? right)
    {
        var (what, count) = left is string or Markup or PySequence ? (left, right) : (right, left);
        if (what is not (string or Markup or PySequence))
        {
            return null;
        }

        if (count is not (long or bool))
        {
            throw new JinjaException($"can't multiply sequence by non-int of type '{ValueKind.Name(count)}'");
        }

        long times = Math.Max(0, ValueKind.Whole(count, "the count"));
        if (what is PySequence sequence)
        {
            rendering.ChargeItems(times > WorkBudget.MostItems ? times : times * sequence.Items.Length);
            var items = new object?[sequence.Items.Length == 0 ? 0 : (int)times * sequence.Items.Length];
            Fill(sequence.Items, items);
            return what is PyList ? new PyList(items) : new PyTuple(items);
        }

        var text = ValueKind.TextOf(what)!;
        rendering.ChargeText(times > WorkBudget.MostText && text.Length > 0 ? times : times * text.Length);
        var result = text.Length == 0 ? ""
            : string.Create((int)times * text.Length, text, (all, part) => Fill<char>(part, all));
        return what is Markup ? new Markup(result) : result;
    }

    /// <summary>Fills a span with a part, over and over, by twice as much each time.</summary>
    private static void Fill<T>(ReadOnlySpan<T> part, Span<T> all)
    {
        if (all.Length == 0)
        {
            return;
        }

        part.CopyTo(all);
        for (int done = part.Length; done < all.Length; done *= 2)
        {
            all[..Math.Min(done, all.Length - done)].CopyTo(all[done..]);
        }
    }

    private static object? Reckoned(string sign, object? left, object? right)
    {
        if (left is BigInteger || right is BigInteger)
        {
            throw TooLarge();
        }

        if (ValueOrder.Number(left) is not { } x || ValueOrder.Number(right) is not { } y)
        {
            return null;
        }

        if (left is double || right is double)
        {
            return OfFloats(sign, x, y);
        }

        try
        {
            return OfWholes(sign, ValueKind.Whole(left, ""), ValueKind.Whole(right, ""));
        }
        catch (OverflowException)
        {
            throw TooLarge();
        }
    }

    private static object OfWholes(string sign, long x, long y) => sign switch
    {
        "+" => checked(x + y),
        "-" => checked(x - y),
        "*" => checked(x * y),
        "**" => y >= 0 ? Power(x, y) : OfFloats(sign, x, y),
        "/" or "//" or "%" when y == 0 => throw new JinjaException(
            sign == "/" ? "division by zero" : "integer division or modulo by zero"),
        "/" => (double)x / y,
        "//" => y == -1 ? checked(-x) : (x / y) - (x % y != 0 && x % y < 0 != y < 0 ? 1 : 0),
        _ => y == -1 ? 0L : (x % y) + (x % y != 0 && x % y < 0 != y < 0 ? y : 0),
    };

    private static object Power(long value, long exponent)
    {
        if (value is 0 or 1 or -1)
        {
            return exponent == 0 ? 1L : value == -1 && exponent % 2 == 0 ? 1L : value;
        }

        long result = 1;
        for (long i = 0; i < exponent; i++)
        {
            result = checked(result * value); // ends soon, as 64 bits are soon full
        }

        return result;
    }

    private static object OfFloats(string sign, double x, double y) => sign switch
    {
        "+" => x + y,
        "-" => x - y,
        "*" => x * y,
        "/" or "//" or "%" when y == 0 => throw new JinjaException(
            sign == "/" ? "float division by zero" : sign == "%" ? "float modulo" : "float floor division by zero"),
        "/" => x / y,
        "//" => (x - Modulo(x, y)) / y is var quotient && quotient - Math.Floor(quotient) > 0.5
            ? Math.Floor(quotient) + 1 : Math.Floor(quotient),
        "%" => Modulo(x, y),
        _ => Power(x, y),
    };

    private static double Modulo(double x, double y)
    {
        double rest = x % y;
        return rest == 0 ? Math.CopySign(0, y) : rest < 0 != y < 0 ? rest + y : rest;
    }

    private static double Power(double x, double y)
    {
        if (x == 0 && y < 0)
        {
            throw new JinjaException("0.0 cannot be raised to a negative power");
        }

        double power = Math.Pow(x, y);
        return double.IsNaN(power) && !double.IsNaN(x) && !double.IsNaN(y)
            ? throw new JinjaException("a root of a negative number is a complex number, which there is none of here")
            : double.IsInfinity(power) && double.IsFinite(x) && double.IsFinite(y)
                ? throw new JinjaException("the power is beyond what a float holds")
            : power;
    }

    private static JinjaException Unsupported(string sign, object? left, object? right) => new(
        $"unsupported operand type(s) for {(sign == "**" ? "** or pow()" : sign)}: '{ValueKind.Name(left)}' and "
        + $"'{ValueKind.Name(right)}'");
}
