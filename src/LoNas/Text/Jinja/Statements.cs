namespace LoNas.Text.Jinja;

/// <summary>How a block ended.</summary>
internal enum Flow
{
    Next,
    Continue,
    Break,
}

/// <summary>A part of a template that writes, or sets variables.</summary>
internal abstract class Statement
{
    public abstract Flow Run(Rendering rendering, Scope scope);
}

internal sealed class Block(Statement[] statements)
{
    public Flow Run(Rendering rendering, Scope scope)
    {
        foreach (var statement in statements)
        {
            var flow = statement.Run(rendering, scope);
            if (flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }
}

internal sealed class DataStatement(string text) : Statement
{
    public override Flow Run(Rendering rendering, Scope scope)
    {
        rendering.Write(text);
        return Flow.Next;
    }
}

internal sealed class OutputStatement(Expression value) : Statement
{
    public override Flow Run(Rendering rendering, Scope scope)
    {
        var written = value.Evaluate(rendering, scope);
        rendering.Offset = value.Offset;
        rendering.Write(rendering.Shown(written));
        return Flow.Next;
    }
}

/// <summary>The statement <c>print</c>, which writes one value after the other.</summary>
internal sealed class PrintStatement(Expression[] values) : Statement
{
    public override Flow Run(Rendering rendering, Scope scope)
    {
        foreach (var value in values)
        {
            rendering.Write(rendering.Shown(value.Evaluate(rendering, scope)));
        }

        return Flow.Next;
    }
}

internal sealed class IfStatement((Expression Test, Block Body)[] branches, Block? otherwise) : Statement
{
    public override Flow Run(Rendering rendering, Scope scope)
    {
        foreach (var (test, body) in branches)
        {
            if (ValueKind.IsTrue(test.Evaluate(rendering, scope)))
            {
                return body.Run(rendering, scope);
            }
        }

        return otherwise?.Run(rendering, scope) ?? Flow.Next;
    }
}

internal sealed class FlowStatement(Flow flow) : Statement
{
    public override Flow Run(Rendering rendering, Scope scope) => flow;
}

internal sealed class SetStatement(Target target, Expression value) : Statement
{
    public override Flow Run(Rendering rendering, Scope scope)
    {
        target.Assign(rendering, scope, value.Evaluate(rendering, scope));
        return Flow.Next;
    }
}

/// <summary><c>set</c> with a block, whose text is the value.</summary>
internal sealed class SetBlockStatement(Target target, FilterChain? filters, Block body) : Statement
{
    public override Flow Run(Rendering rendering, Scope scope)
    {
        var inner = new Scope(scope);
        object? text = rendering.Capture(() => body.Run(rendering, inner));
        target.Assign(rendering, scope, filters is null ? text : filters.Apply(rendering, inner, text));
        return Flow.Next;
    }
}

internal sealed class WithStatement((Target Target, Expression Value)[] variables, Block body) : Statement
{
    public override Flow Run(Rendering rendering, Scope scope)
    {
        var inner = new Scope(scope);
        foreach (var (target, value) in variables)
        {
            target.Assign(rendering, inner, value.Evaluate(rendering, scope));
        }

        return body.Run(rendering, inner);
    }
}

internal sealed class MacroStatement(string name, MacroBody body) : Statement
{
    public override Flow Run(Rendering rendering, Scope scope)
    {
        scope.Set(name, new Macro(name, body, scope));
        return Flow.Next;
    }
}

/// <summary>A call whose callee may write the block, by <c>caller()</c>.</summary>
internal sealed class CallStatement(CallExpression call, MacroBody body) : Statement
{
    public override Flow Run(Rendering rendering, Scope scope)
    {
        var written = call.Call(rendering, scope, new Macro(Macro.Caller, body, scope));
        rendering.Write(ValueText.Of(written));
        return Flow.Next;
    }
}

internal sealed class FilterStatement(FilterChain filters, Block body) : Statement
{
    public override Flow Run(Rendering rendering, Scope scope)
    {
        var inner = new Scope(scope);
        var text = rendering.Capture(() => body.Run(rendering, inner));
        rendering.Write(ValueText.Of(filters.Apply(rendering, inner, text)));
        return Flow.Next;
    }
}

/// <summary>What the assistant writes.</summary>
internal sealed class GenerationStatement(Block body) : Statement
{
    public override Flow Run(Rendering rendering, Scope scope)
    {
        rendering.WriteAnswer(() => body.Run(rendering, new Scope(scope)));
        return Flow.Next;
    }
}
