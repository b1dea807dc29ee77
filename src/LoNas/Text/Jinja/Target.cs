namespace LoNas.Text.Jinja;

/// <summary>What is assigned to.</summary>
internal abstract class Target
{
    public abstract void Assign(Rendering rendering, Scope scope, object? value);
}

internal sealed class NameTarget(string name) : Target
{
    public override void Assign(Rendering rendering, Scope scope, object? value) => scope.Set(name, value);
}

internal sealed class TupleTarget(int offset, Target[] parts) : Target
{
    public override void Assign(Rendering rendering, Scope scope, object? value)
    {
        rendering.Offset = offset;
        if (!ValueKind.IsIterable(value))
        {
            throw new JinjaException($"cannot unpack non-iterable {ValueKind.Name(value)} object");
        }

        var items = ValueKind.Items(value);
        if (items.Count != parts.Length)
        {
            throw new JinjaException(items.Count < parts.Length
                ? $"not enough values to unpack (expected {parts.Length}, got {items.Count})"
                : $"too many values to unpack (expected {parts.Length})");
        }

        for (int i = 0; i < parts.Length; i++)
        {
            parts[i].Assign(rendering, scope, items[i]);
        }
    }
}

/// <summary>An attribute of a namespace.</summary>
internal sealed class NamespaceTarget(int offset, string name, string attribute) : Target
{
    public override void Assign(Rendering rendering, Scope scope, object? value)
    {
        rendering.Offset = offset;
        if (!scope.TryGet(name, out var holder) || holder is not PyNamespace names)
        {
            throw new JinjaException("cannot assign attribute on non-namespace object");
        }

        rendering.ChargeItems(names.Attributes.Count / 8);
        names.Attributes.Set(attribute, value);
    }
}
