using System.Numerics;

namespace LoNas.Text.Jinja;

/// <summary>Equality and order of values, as Python's.</summary>
internal static class ValueOrder
{
    /// <exception cref="JinjaException">The value is no key of a dictionary.</exception>
    public static void RequireKey(object? key) => RequireKey(key, 0);

    public static bool AreEqual(object? left, object? right) => AreEqual(left, right, 0);

    /// <summary>A number as a double; null for what is none.</summary>
    public static double? Number(object? value) => value switch
    {
        long number => number,
        double number => number,
        bool flag => flag ? 1 : 0,
        BigInteger number => (double)number,
        _ => null,
    };

    /// <summary>The order of two values.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <param name="sign">The comparison, for messages.</param>
    /// <returns>Null where one is not a number.</returns>
    /// <exception cref="JinjaException">They have none.</exception>
    public static int? Compare(object? left, object? right, string sign = "<") => Compare(left, right, sign, 0);

    /// <summary>Whether two texts are the same; only those of one length are compared.</summary>
    public static bool AreSame(string left, string right)
    {
        if (ReferenceEquals(left, right) || left.Length != right.Length)
        {
            return ReferenceEquals(left, right);
        }

        WorkBudget.SpendCharacters(left.Length);
        return left == right;
    }

    private static void RequireKey(object? key, int level)
    {
        if (key is PyList or PyDict or DictView)
        {
            throw new JinjaException($"unhashable type: '{ValueKind.Name(key)}'");
        }

        if (key is PyTuple tuple)
        {
            WorkBudget.Enter(level);
            foreach (var item in tuple.Items)
            {
                WorkBudget.Spend(1);
                RequireKey(item, level + 1);
            }
        }
    }

    private static int? Compare(object? left, object? right, string sign, int level)
    {
        WorkBudget.Spend(1);
        if (left is long a && right is long b)
        {
            return a.CompareTo(b);
        }

        if (Number(left) is { } x && Number(right) is { } y)
        {
            return double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y);
        }

        if (ValueKind.TextOf(left) is { } text && ValueKind.TextOf(right) is { } other)
        {
            WorkBudget.SpendCharacters(Math.Min(text.Length, other.Length));
            return CodePoints.Compare(text, other);
        }

        if ((left, right) is (PyList, PyList) or (PyTuple, PyTuple))
        {
            WorkBudget.Enter(level);
            return CompareItems(((PySequence)left!).Items, ((PySequence)right!).Items, sign, level + 1);
        }

        throw new JinjaException((left as Undefined ?? right as Undefined)?.Reason
            ?? $"'{sign}' not supported between instances of '{ValueKind.Name(left)}' and '{ValueKind.Name(right)}'");
    }

    private static int? CompareItems(object?[] left, object?[] right, string sign, int level)
    {
        for (int i = 0; i < Math.Min(left.Length, right.Length); i++)
        {
            if (!AreEqual(left[i], right[i], level))
            {
                return Compare(left[i], right[i], sign, level);
            }
        }

        return left.Length.CompareTo(right.Length);
    }

    private static bool AreEqual(object? left, object? right, int level)
    {
        WorkBudget.Enter(level);
        switch (left, right)
        {
            case (string a, string b):
                return AreSame(a, b);
            case (null, _) or (_, null):
                return left is null && right is null;
            case (long a, long b):
                return a == b;
            case (PyList a, PyList b):
                return AreEqual(a.Items, b.Items, level + 1);
            case (PyTuple a, PyTuple b):
                return AreEqual(a.Items, b.Items, level + 1);
            case (PyDict a, PyDict b):
                WorkBudget.Spend(4); // looked up, which takes longer than one after the other
                return a.Count == b.Count && a.Entries.All(entry =>
                    b.TryGet(entry.Key, out var value) && AreEqual(entry.Value, value, level + 1));
            case (PyRange a, PyRange b):
                return a.Count == b.Count && (a.Count == 0
                    || (a.Start == b.Start && (a.Count == 1 || a.Step == b.Step)));
            case (Undefined, Undefined):
                return true;
            default:
                return Number(left) is { } x ? Number(right) is { } y && x == y
                    : ValueKind.TextOf(left) is { } text ? ValueKind.TextOf(right) is { } other && AreSame(text, other)
                    : ReferenceEquals(left, right);
        }
    }

    private static bool AreEqual(object?[] left, object?[] right, int level)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (int i = 0; i < left.Length; i++)
        {
            WorkBudget.Spend(1);
            if (!ReferenceEquals(left[i], right[i]) && !AreEqual(left[i], right[i], level))
            {
                return false;
            }
        }

        return true;
    }
}
