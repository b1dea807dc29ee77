namespace LoNas.Text.Jinja;

/// <summary>The variable <c>loop</c>.</summary>
internal sealed class LoopState(ForStatement statement, Scope scope, IReadOnlyList<object?> items, int level)
    : PyCallable
{
    public const string Name = "loop";

    private object?[]? _last;

    /// <summary>The turn, from 0.</summary>
    public int Place { get; set; }

    public int Index => Place + 1;

    public int Length => items.Count;

    public override string Shown => $"<LoopContext {Index}/{Length}>";

    /// <summary>An attribute; false where it has none of this name.</summary>
    public bool TryGet(string name, out object? value)
    {
        value = name switch
        {
            "index" => (long)Index,
            "index0" => (long)Place,
            "revindex" => (long)(Length - Place),
            "revindex0" => (long)(Length - Place - 1),
            "first" => Place == 0,
            "last" => Place == Length - 1,
            "length" => (long)Length,
            "depth" => (long)level + 1,
            "depth0" => (long)level,
            "previtem" => Place > 0 ? items[Place - 1] : new Undefined("there is no previous item"),
            "nextitem" => Place + 1 < Length ? items[Place + 1] : new Undefined("there is no next item"),
            "cycle" => new Builtin("cycle", "*args", (_, a) => Cycled(((PyTuple)a[0]!).Items)),
            "changed" => new Builtin("changed", "*value", (_, a) => HasChanged(((PyTuple)a[0]!).Items)),
            _ => this,
        };
        return value != this;
    }

    /// <summary>A recursive loop, over what an item holds.</summary>
    public override object? Call(Rendering rendering, CallArguments arguments)
    {
        if (!statement.IsRecursive)
        {
            throw new JinjaException("the loop must have the 'recursive' marker to be called recursively");
        }

        return arguments is { Positional: [var inner], Named.Length: 0 }
            ? statement.Recurse(rendering, scope, inner, level + 1)
            : throw new JinjaException("'loop' is called with one argument, what to loop over");
    }

    private object? Cycled(object?[] values) => values.Length > 0
        ? values[Place % values.Length]
        : throw new JinjaException("no items for cycling given");

    private bool HasChanged(object?[] values)
    {
        bool isSame = _last is not null && ValueOrder.AreEqual(new PyTuple(_last), new PyTuple(values));
        _last = values;
        return !isSame;
    }
}
