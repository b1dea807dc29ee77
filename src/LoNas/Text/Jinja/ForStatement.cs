namespace LoNas.Text.Jinja;

/// <summary>A loop. What its body sets is gone with each turn.</summary>
internal sealed class ForStatement : Statement
{
    public required int Offset { get; init; }

    public required Target Target { get; init; }

    public required Expression Items { get; init; }

    public required Block Body { get; init; }

    /// <summary>What an item must fulfil to be one of the loop's.</summary>
    public Expression? Test { get; init; }

    /// <summary>What is done where no turn came to its end.</summary>
    public Block? Otherwise { get; init; }

    public bool IsRecursive { get; init; }

    public override Flow Run(Rendering rendering, Scope scope)
    {
        Turns(rendering, scope, Items.Evaluate(rendering, scope), 0);
        return Flow.Next;
    }

    /// <summary>The loop over other items, inside of itself; gives what it writes.</summary>
    public string Recurse(Rendering rendering, Scope scope, object? items, int level) => rendering.Nested(
        () => rendering.Capture(() => Turns(rendering, scope, items, level)));

    private void Turns(Rendering rendering, Scope scope, object? value, int level)
    {
        rendering.Offset = Offset;
        var items = Chosen(rendering, scope, ValueKind.Items(value));
        bool isDone = false;
        var loop = new LoopState(this, scope, items, level);
        for (int i = 0; i < items.Count; i++)
        {
            rendering.Charge();
            loop.Place = i;
            var inner = new Scope(scope);
            inner.Set(LoopState.Name, loop);
            Target.Assign(rendering, inner, items[i]);
            var flow = Body.Run(rendering, inner);
            if (flow == Flow.Break)
            {
                break;
            }

            isDone |= flow == Flow.Next;
        }

        // As Jinja does: a loop that was left or gone on with in its first turn counts as one without any.
        if (!isDone)
        {
            Otherwise?.Run(rendering, new Scope(scope));
        }
    }

    private IReadOnlyList<object?> Chosen(Rendering rendering, Scope scope, IReadOnlyList<object?> items)
    {
        rendering.ChargeItems(items.Count);
        if (Test is null)
        {
            return items;
        }

        var chosen = new List<object?>();
        foreach (var item in items)
        {
            rendering.Charge();
            var inner = new Scope(scope);
            Target.Assign(rendering, inner, item);
            if (ValueKind.IsTrue(Test.Evaluate(rendering, inner)))
            {
                chosen.Add(item);
            }
        }

        return chosen;
    }
}
