namespace LoNas.Text.Jinja;

/// <summary>What a macro is, wherever it is defined.</summary>
internal sealed class MacroBody
{
    public required string[] Parameters { get; init; }

    /// <summary>The values of parameters that are not given; null where there is none.</summary>
    public required Expression?[] Defaults { get; init; }

    public required Block Body { get; init; }

    /// <summary>Which of <c>caller</c>, <c>kwargs</c> and <c>varargs</c> it uses.</summary>
    public required IReadOnlySet<string> Uses { get; init; }
}

/// <summary>A macro, with the variables of where it was defined.</summary>
internal sealed class Macro(string name, MacroBody body, Scope scope) : PyCallable
{
    public const string Caller = "caller";
    public const string NamedRest = "kwargs";
    public const string Rest = "varargs";

    public static IReadOnlyList<string> Specials { get; } = [Caller, NamedRest, Rest];

    public override string Shown => $"<Macro {(name == Caller ? "anonymous" : $"'{name}'")}>";

    public bool TryGet(string attribute, out object? value)
    {
        value = attribute switch
        {
            "name" => name == Caller ? null : name,
            "arguments" => new PyTuple([.. body.Parameters]),
            "catch_kwargs" => body.Uses.Contains(NamedRest),
            "catch_varargs" => body.Uses.Contains(Rest),
            "caller" => body.Uses.Contains(Caller),
            _ => this,
        };
        return value != this;
    }

    public override object? Call(Rendering rendering, CallArguments arguments)
    {
        var inner = new Scope(scope);
        var named = Bind(rendering, inner, arguments);
        if (body.Uses.Contains(Caller) && !body.Parameters.Contains(Caller))
        {
            inner.Set(Caller, Taken(named, Caller, out var caller) ? caller : new Undefined("No caller defined"));
        }

        if (body.Uses.Contains(NamedRest))
        {
            inner.Set(NamedRest, PyDict.Of(named.Select(entry =>
                KeyValuePair.Create((object?)entry.Name, entry.Value))));
        }
        else if (named.Count > 0)
        {
            throw new JinjaException($"macro '{name}' takes no keyword argument '{named[0].Name}'");
        }

        if (body.Uses.Contains(Rest))
        {
            inner.Set(Rest, new PyTuple([.. arguments.Positional.Skip(body.Parameters.Length)]));
        }
        else if (arguments.Positional.Length > body.Parameters.Length)
        {
            throw new JinjaException($"macro '{name}' takes not more than {body.Parameters.Length} argument(s)");
        }

        return rendering.Nested(() => rendering.Capture(() => body.Body.Run(rendering, inner)));
    }

    /// <summary>Sets the parameters; gives the named arguments that are none of them.</summary>
    private List<(string Name, object? Value)> Bind(Rendering rendering, Scope inner, CallArguments arguments)
    {
        var named = arguments.Named.ToList();
        var missing = new List<int>();
        for (int i = 0; i < body.Parameters.Length; i++)
        {
            var parameter = body.Parameters[i];
            if (i < arguments.Positional.Length)
            {
                inner.Set(parameter, arguments.Positional[i]);
            }
            else if (Taken(named, parameter, out var value))
            {
                inner.Set(parameter, value);
            }
            else
            {
                missing.Add(i);
            }
        }

        foreach (int i in missing)
        {
            var parameter = body.Parameters[i];
            inner.Set(parameter, body.Defaults[i] is { } otherwise
                ? otherwise.Evaluate(rendering, inner)
                : new Undefined($"parameter '{parameter}' was not provided"));
        }

        return named;
    }

    private static bool Taken(List<(string Name, object? Value)> named, string name, out object? value)
    {
        int at = named.FindIndex(entry => entry.Name == name);
        value = at >= 0 ? named[at].Value : null;
        if (at >= 0)
        {
            named.RemoveAt(at);
        }

        return at >= 0;
    }
}
