namespace LoNas.Text.Jinja;

/// <summary>
/// The variables of a block, inside of those around it. Names are interned by the lexer, so that they are compared by
/// reference.
/// </summary>
internal sealed class Scope(Scope? parent)
{
    private (string Name, object? Value)[] _variables = [];
    private int _count;

    public bool TryGet(string name, out object? value)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            for (int i = 0; i < scope._count; i++)
            {
                if (ReferenceEquals(scope._variables[i].Name, name))
                {
                    value = scope._variables[i].Value;
                    return true;
                }
            }
        }

        value = null;
        return false;
    }

    public void Set(string name, object? value)
    {
        for (int i = 0; i < _count; i++)
        {
            if (ReferenceEquals(_variables[i].Name, name))
            {
                _variables[i].Value = value;
                return;
            }
        }

        if (_count == _variables.Length)
        {
            Array.Resize(ref _variables, Math.Max(4, _count * 2));
        }

        _variables[_count++] = (name, value);
    }

    private Scope? Parent => parent;
}
