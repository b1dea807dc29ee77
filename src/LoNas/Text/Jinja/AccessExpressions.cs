namespace LoNas.Text.Jinja;

internal sealed class MemberExpression(int offset, Expression owner, string name) : Expression(offset, owner)
{
    public override object? Evaluate(Rendering rendering, Scope scope)
    {
        var value = owner.Evaluate(rendering, scope);
        rendering.Offset = Offset;
        rendering.Charge();
        return Members.Attribute(value, name);
    }
}

internal sealed class ItemExpression(int offset, Expression owner, Expression key) : Expression(offset, owner, key)
{
    public override object? Evaluate(Rendering rendering, Scope scope)
    {
        var value = owner.Evaluate(rendering, scope);
        var place = key.Evaluate(rendering, scope);
        rendering.Offset = Offset;
        rendering.Charge();
        return Members.Item(value, place);
    }
}

internal sealed class SliceExpression(
    int offset, Expression owner, Expression? start, Expression? stop, Expression? step)
    : Expression(offset, owner, start, stop, step)
{
    public override object? Evaluate(Rendering rendering, Scope scope)
    {
        var value = owner.Evaluate(rendering, scope);
        var (from, to, by) = (start?.Evaluate(rendering, scope), stop?.Evaluate(rendering, scope),
            step?.Evaluate(rendering, scope));
        rendering.Offset = Offset;
        return Slices.Of(rendering, value, from, to, by);
    }
}

/// <summary>What a call, a filter or a test is given.</summary>
internal sealed class ArgumentList
{
    public static ArgumentList None { get; } = new();

    public Expression[] Positional { get; init; } = [];

    public (string Name, Expression Value)[] Named { get; init; } = [];

    /// <summary>What stands behind <c>*</c>.</summary>
    public Expression? Spread { get; init; }

    /// <summary>What stands behind <c>**</c>.</summary>
    public Expression? NamedSpread { get; init; }

    public IEnumerable<Expression> Parts => Positional.Concat(Named.Select(entry => entry.Value))
        .Concat(new[] { Spread, NamedSpread }.OfType<Expression>());

    public CallArguments Evaluate(Rendering rendering, Scope scope, object? first, bool hasFirst)
    {
        int before = hasFirst ? 1 : 0;
        var positional = Positional.Length + before == 0 ? [] : new object?[Positional.Length + before];
        if (hasFirst)
        {
            positional[0] = first;
        }

        for (int i = 0; i < Positional.Length; i++)
        {
            positional[i + before] = Positional[i].Evaluate(rendering, scope);
        }

        (string, object?)[] named = Named.Length == 0 ? []
            : [.. Named.Select(entry => (entry.Name, entry.Value.Evaluate(rendering, scope)))];
        if (Spread?.Evaluate(rendering, scope) is { } spread)
        {
            var more = ValueKind.Items(spread);
            rendering.ChargeItems(positional.Length + (long)more.Count);
            positional = [.. positional, .. more];
        }

        if (NamedSpread is not null)
        {
            var dict = NamedSpread.Evaluate(rendering, scope) as PyDict
                ?? throw new JinjaException("what stands behind '**' is no dict");
            rendering.ChargeItems(named.Length + (long)dict.Count);
            named =
            [
                .. named,
                .. dict.Entries.Select(entry => (entry.Key as string
                    ?? throw new JinjaException("keywords must be strings"), entry.Value)),
            ];
        }

        return new(positional, named);
    }
}

internal sealed class CallExpression(int offset, Expression callee, ArgumentList arguments)
    : Expression(offset, [callee, .. arguments.Parts])
{
    public override object? Evaluate(Rendering rendering, Scope scope) => Call(rendering, scope, null);

    public object? Call(Rendering rendering, Scope scope, Macro? caller)
    {
        var called = callee.Evaluate(rendering, scope);
        var given = arguments.Evaluate(rendering, scope, null, hasFirst: false);
        if (caller is not null)
        {
            given = given with { Named = [.. given.Named, (Macro.Caller, caller)] };
        }

        rendering.Offset = Offset;
        rendering.Charge();
        return called is PyCallable callable
            ? callable.Call(rendering, given)
            : throw new JinjaException(called is Undefined missing
                ? missing.Reason
                : $"'{ValueKind.Name(called)}' object is not callable");
    }
}

internal sealed class FilterExpression(int offset, string name, Expression? value, ArgumentList arguments)
    : Expression(offset, [value, .. arguments.Parts])
{
    private readonly Builtin? _filter = FilterTable.Find(name);

    public override object? Evaluate(Rendering rendering, Scope scope) =>
        Apply(rendering, scope, value!.Evaluate(rendering, scope));

    public object? Apply(Rendering rendering, Scope scope, object? input)
    {
        var given = arguments.Evaluate(rendering, scope, input, hasFirst: true);
        rendering.Offset = Offset;
        rendering.Charge();
        return (_filter ?? throw FilterTable.Unknown(name)).Call(rendering, given);
    }
}

/// <summary>A chain of filters that a block is put through.</summary>
internal sealed class FilterChain(IReadOnlyList<FilterExpression> filters)
{
    public object? Apply(Rendering rendering, Scope scope, object? input) =>
        filters.Aggregate(input, (value, filter) => filter.Apply(rendering, scope, value));
}

internal sealed class TestExpression(
    int offset, string name, Expression value, ArgumentList arguments, bool isNegated)
    : Expression(offset, [value, .. arguments.Parts])
{
    private readonly Builtin? _test = TestTable.Find(name);

    public override object? Evaluate(Rendering rendering, Scope scope)
    {
        var given = arguments.Evaluate(rendering, scope, value.Evaluate(rendering, scope), hasFirst: true);
        rendering.Offset = Offset;
        rendering.Charge();
        return ValueKind.IsTrue((_test ?? throw TestTable.Unknown(name)).Call(rendering, given)) != isNegated;
    }
}
