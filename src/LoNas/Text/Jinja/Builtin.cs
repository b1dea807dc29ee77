using System.Globalization;

namespace LoNas.Text.Jinja;

/// <summary>A function, method, filter or test of the language.</summary>
internal sealed class Builtin : PyCallable
{
    private readonly Func<Rendering, object?[], object?> _work;
    private readonly string[] _names;
    private readonly object?[] _defaults;
    private readonly int _required;
    private readonly bool _takesRest;
    private readonly bool _takesNamedRest;

    /// <param name="name">Its name, for messages.</param>
    /// <param name="signature">
    /// Its parameters as <c>a b=1 *rest **named</c>; defaults are numbers, True, False, None, ... for nothing, or texts
    /// without spaces.
    /// </param>
    /// <param name="work">What it does with one value for each parameter.</param>
    public Builtin(string name, string signature, Func<Rendering, object?[], object?> work)
    {
        (Name, _work) = (name, work);
        var parts = signature.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        _takesNamedRest = parts.Any(part => part.StartsWith("**", StringComparison.Ordinal));
        _takesRest = parts.Any(part => part[0] == '*' && !part.StartsWith("**", StringComparison.Ordinal));
        var plain = parts.Where(part => part[0] != '*').Select(part => part.Split('=', 2)).ToArray();
        _names = [.. plain.Select(part => part[0])];
        _required = plain.Count(part => part.Length == 1);
        _defaults = [.. plain.Select(part => part.Length == 1 ? null : Default(part[1]))];
    }

    /// <summary>In place of a value that is not given, where None is one.</summary>
    public static object Missing { get; } = new();

    public string Name { get; }

    public override string Shown => $"<function {Name}>";

    public override object? Call(Rendering rendering, CallArguments arguments)
    {
        rendering.Charge(16L * (arguments.Positional.Length + arguments.Named.Length));
        var values = Bind(arguments);
        object? first = values.Length > 0 ? values[0] : null;
        var result = _work(rendering, values);
        if (!ReferenceEquals(result, first) && ValueKind.TextOf(result) is { } text)
        {
            rendering.ChargeText(text.Length); // one of its own, which may be kept
        }

        return result;
    }

    private object?[] Bind(CallArguments arguments)
    {
        var (positional, named) = (arguments.Positional, arguments.Named);
        if (positional.Length > _names.Length && !_takesRest)
        {
            throw new JinjaException(
                $"'{Name}' takes at most {_names.Length} arguments, and is given {positional.Length}");
        }

        var values = new object?[_names.Length + (_takesRest ? 1 : 0) + (_takesNamedRest ? 1 : 0)];
        int given = Math.Min(positional.Length, _names.Length);
        Array.Copy(positional, values, given);
        Array.Fill(values, Missing, given, _names.Length - given);
        var rest = _takesNamedRest ? new PyDict() : null;
        foreach (var (name, value) in named)
        {
            int at = Array.IndexOf(_names, name);
            if (at >= given)
            {
                values[at] = value;
            }
            else if (at >= 0 || rest is null)
            {
                throw new JinjaException($"'{Name}' " + (at >= 0
                    ? $"got multiple values for argument '{name}'"
                    : $"got an unexpected keyword argument '{name}'"));
            }
            else
            {
                rest.Set(name, value);
            }
        }

        Complete(values, given);
        if (_takesRest)
        {
            values[_names.Length] = new PyTuple(positional[given..]);
        }

        if (rest is not null)
        {
            values[^1] = rest;
        }

        return values;
    }

    private void Complete(object?[] values, int given)
    {
        for (int i = given; i < _names.Length; i++)
        {
            if (values[i] == Missing)
            {
                values[i] = i >= _required
                    ? _defaults[i]
                    : throw new JinjaException($"'{Name}' needs its argument '{_names[i]}'");
            }
        }
    }

    private static object? Default(string text) => text switch
    {
        "None" => null,
        "True" => true,
        "False" => false,
        "..." => Missing,
        _ => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number : text.Replace("␣", " "),
    };
}

/// <summary>A method with the value that it belongs to.</summary>
internal sealed class BoundMethod(Builtin method, object owner) : PyCallable
{
    public override string Shown => $"<built-in method {method.Name} of {ValueKind.Name(owner)} object>";

    public override object? Call(Rendering rendering, CallArguments arguments) =>
        method.Call(rendering, arguments with { Positional = [owner, .. arguments.Positional] });
}
