namespace LoNas.Text.Jinja;

/// <summary>A part of a template that has a value.</summary>
internal abstract class Expression
{
    private const int MostLevels = 200;

    protected Expression(int offset, params ReadOnlySpan<Expression?> parts)
    {
        Offset = offset;
        foreach (var part in parts)
        {
            Depth = Math.Max(Depth, part?.Depth ?? 0);
        }

        if (++Depth > MostLevels)
        {
            throw new JinjaException(
                $"more than {MostLevels} operations lie in each other here; expected fewer", offset);
        }
    }

    public int Offset { get; }

    private int Depth { get; }

    public abstract object? Evaluate(Rendering rendering, Scope scope);

    /// <summary>The texts of its own that a list or call holds.</summary>
    protected static object?[] EvaluateAll(IReadOnlyList<Expression> parts, Rendering rendering, Scope scope)
    {
        if (parts.Count == 0)
        {
            return [];
        }

        var values = new object?[parts.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = parts[i].Evaluate(rendering, scope);
        }

        return values;
    }
}

internal sealed class Literal(int offset, object? value) : Expression(offset)
{
    public object? Value => value;

    public override object? Evaluate(Rendering rendering, Scope scope) => value;
}

internal sealed class NameExpression(int offset, string name) : Expression(offset)
{
    private readonly object? _otherwise = Globals.Find(name) ?? (object)Undefined.Name(name);

    public string Name => name;

    public override object? Evaluate(Rendering rendering, Scope scope)
    {
        rendering.Charge();
        return scope.TryGet(name, out var value) ? value : _otherwise;
    }
}

internal sealed class ListExpression(int offset, Expression[] items) : Expression(offset, items)
{
    public override object? Evaluate(Rendering rendering, Scope scope)
    {
        rendering.ChargeItems(items.Length);
        return new PyList(EvaluateAll(items, rendering, scope));
    }
}

internal sealed class TupleExpression(int offset, Expression[] items) : Expression(offset, items)
{
    public IReadOnlyList<Expression> Items => items;

    public override object? Evaluate(Rendering rendering, Scope scope)
    {
        rendering.ChargeItems(items.Length);
        return new PyTuple(EvaluateAll(items, rendering, scope));
    }
}

internal sealed class DictExpression(int offset, Expression[] keys, Expression[] values)
    : Expression(offset, [.. keys, .. values])
{
    public override object? Evaluate(Rendering rendering, Scope scope)
    {
        rendering.ChargeItems(keys.Length);
        var dict = new PyDict();
        for (int i = 0; i < keys.Length; i++)
        {
            var key = keys[i].Evaluate(rendering, scope);
            var value = values[i].Evaluate(rendering, scope);
            rendering.Offset = Offset;
            dict.Set(key, value);
        }

        return dict;
    }
}

internal sealed class ConditionalExpression(int offset, Expression test, Expression then, Expression? otherwise)
    : Expression(offset, test, then, otherwise)
{
    public override object? Evaluate(Rendering rendering, Scope scope) =>
        ValueKind.IsTrue(test.Evaluate(rendering, scope)) ? then.Evaluate(rendering, scope)
        : otherwise is null
            ? new Undefined("the inline 'if' is false here and has no 'else'")
            : otherwise.Evaluate(rendering, scope);
}

/// <summary>Python's <c>and</c> and <c>or</c>, which give one of their operands.</summary>
internal sealed class LogicExpression(int offset, Expression left, Expression right, bool isOr)
    : Expression(offset, left, right)
{
    public override object? Evaluate(Rendering rendering, Scope scope)
    {
        var value = left.Evaluate(rendering, scope);
        return ValueKind.IsTrue(value) == isOr ? value : right.Evaluate(rendering, scope);
    }
}

internal sealed class NotExpression(int offset, Expression value) : Expression(offset, value)
{
    public override object? Evaluate(Rendering rendering, Scope scope) =>
        !ValueKind.IsTrue(value.Evaluate(rendering, scope));
}

internal sealed class SignExpression(int offset, Expression value, string sign) : Expression(offset, value)
{
    public override object? Evaluate(Rendering rendering, Scope scope)
    {
        var operand = value.Evaluate(rendering, scope);
        rendering.Offset = Offset;
        return Arithmetic.Signed(sign, operand);
    }
}

internal sealed class OperatorExpression(int offset, string sign, Expression left, Expression right)
    : Expression(offset, left, right)
{
    public override object? Evaluate(Rendering rendering, Scope scope)
    {
        var (first, second) = (left.Evaluate(rendering, scope), right.Evaluate(rendering, scope));
        rendering.Offset = Offset;
        rendering.Charge();
        return Arithmetic.Apply(rendering, sign, first, second);
    }
}

internal sealed class ConcatExpression(int offset, Expression[] parts) : Expression(offset, parts)
{
    public override object? Evaluate(Rendering rendering, Scope scope)
    {
        var values = EvaluateAll(parts, rendering, scope);
        rendering.Offset = Offset;
        return Arithmetic.Concat(rendering, values);
    }
}

/// <summary>A chain of comparisons, such as <c>1 &lt; x &lt;= 3</c>.</summary>
internal sealed class CompareExpression(int offset, Expression first, (string Sign, Expression Value)[] rest)
    : Expression(offset, [first, .. rest.Select(part => part.Value)])
{
    public override object? Evaluate(Rendering rendering, Scope scope)
    {
        var left = first.Evaluate(rendering, scope);
        foreach (var (sign, value) in rest)
        {
            var right = value.Evaluate(rendering, scope);
            rendering.Offset = Offset;
            rendering.Charge();
            if (!Holds(rendering, sign, left, right))
            {
                return false;
            }

            left = right;
        }

        return true;
    }

    public static bool Holds(Rendering rendering, string sign, object? left, object? right) => sign switch
    {
        "==" => ValueOrder.AreEqual(left, right),
        "!=" => !ValueOrder.AreEqual(left, right),
        "in" => ValueKind.Contains(rendering, right, left),
        "not in" => !ValueKind.Contains(rendering, right, left),
        "<" => ValueOrder.Compare(left, right, sign) < 0,
        "<=" => ValueOrder.Compare(left, right, sign) <= 0,
        ">" => ValueOrder.Compare(left, right, sign) > 0,
        _ => ValueOrder.Compare(left, right, sign) >= 0,
    };
}
