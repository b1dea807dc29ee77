namespace LoNas.Text.Jinja;

/// <summary>The functions that every template has.</summary>
internal static class Globals
{
    private const int MostRange = 100_000;

    private static readonly Dictionary<string, PyCallable> All = new PyCallable[]
    {
        new Builtin("range", "start stop=... step=1", Range),
        new Builtin("dict", "*values **named", (r, a) => Dict(r, (PyTuple)a[0]!, (PyDict)a[1]!)),
        new Builtin("namespace", "*values **named", (r, a) => Namespace(r, (PyTuple)a[0]!, (PyDict)a[1]!)),
        new Builtin("cycler", "*items", (_, a) => ((PyTuple)a[0]!).Items is { Length: > 0 } items
            ? new Cycler(items) : throw new JinjaException("at least one item has to be provided")),
        new Builtin("joiner", "sep=,␣", (_, a) => new Joiner(a[0])),
        new Builtin("raise_exception", "message", (_, a) =>
            throw new JinjaRefusalException(ValueText.Of(a[0]))),
        new Builtin("strftime_now", "format", (r, a) => TimeFormat.Apply(r.Now, TextMethods.Text(a, 0))),
        new Builtin("lipsum", "*a **b", (_, _) =>
            throw new JinjaException("the function 'lipsum' is not supported, since it draws random words")),
    }.ToDictionary(callable => ((Builtin)callable).Name);

    public static PyCallable? Find(string name) => All.GetValueOrDefault(name);

    private static object? Range(Rendering rendering, object?[] a)
    {
        bool isOne = a[1] == Builtin.Missing;
        long start = isOne ? 0 : ValueKind.Whole(a[0], "the start");
        long stop = ValueKind.Whole(isOne ? a[0] : a[1], "the stop");
        long step = ValueKind.Whole(a[2], "the step");
        if (step == 0)
        {
            throw new JinjaException("range() arg 3 must not be zero");
        }

        decimal count = ((decimal)stop - start) / step;
        return count <= MostRange
            ? new PyRange(start, stop, step)
            : throw new JinjaException(
                $"Range too big. The sandbox blocks ranges larger than MAX_RANGE ({MostRange}).");
    }

    private static PyDict Dict(Rendering rendering, PyTuple values, PyDict named)
    {
        var dict = new PyDict();
        if (values.Items.Length > 1)
        {
            throw new JinjaException($"dict expected at most 1 argument, got {values.Items.Length}");
        }

        foreach (var given in values.Items)
        {
            foreach (var pair in given is PyDict other ? other.Pairs : ValueKind.Items(given))
            {
                if (ValueKind.Items(pair) is not [var key, var value])
                {
                    throw new JinjaException("dict() takes pairs of a key and a value");
                }

                dict.Set(key, value);
            }
        }

        foreach (var (key, value) in named.Entries)
        {
            dict.Set(key, value);
        }

        rendering.ChargeItems(dict.Count);
        return dict;
    }

    private static PyNamespace Namespace(Rendering rendering, PyTuple values, PyDict named)
    {
        var names = new PyNamespace();
        foreach (var (key, value) in Dict(rendering, values, named).Entries)
        {
            names.Attributes.Set(key, value);
        }

        return names;
    }
}

/// <summary>Values in turn.</summary>
internal sealed class Cycler(object?[] items) : PyCallable
{
    private int _place;

    public override string Shown => "<Cycler>";

    public bool TryGet(string name, out object? value)
    {
        value = name switch
        {
            "current" => items[_place],
            "next" => new Builtin("next", "", (_, _) => Next()),
            "reset" => new Builtin("reset", "", (_, _) => Reset()),
            _ => this,
        };
        return value != this;
    }

    public override object? Call(Rendering rendering, CallArguments arguments) =>
        throw new JinjaException("'Cycler' object is not callable");

    private object? Reset()
    {
        _place = 0;
        return null;
    }

    private object? Next()
    {
        var value = items[_place];
        _place = (_place + 1) % items.Length;
        return value;
    }
}

/// <summary>Nothing at first, then a separator.</summary>
internal sealed class Joiner(object? separator) : PyCallable
{
    private bool _isUsed;

    public override string Shown => "<Joiner>";

    public override object? Call(Rendering rendering, CallArguments arguments)
    {
        var value = _isUsed ? separator : "";
        _isUsed = true;
        return value;
    }
}
