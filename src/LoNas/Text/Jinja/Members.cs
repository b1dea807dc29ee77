namespace LoNas.Text.Jinja;

/// <summary>
/// Attributes and items. Nothing outside of the values themselves is reached: what Python has beside that, such as
/// <c>__class__</c>, is unsafe here too, and so is every method that changes a list or a dictionary.
/// </summary>
internal static class Members
{
    private static readonly HashSet<string> ListChanges =
        ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"];

    private static readonly HashSet<string> DictChanges = ["clear", "pop", "popitem", "setdefault", "update"];

    /// <summary>What is behind a dot: an attribute, else an item of this name.</summary>
    public static object? Attribute(object? owner, string name)
    {
        if (owner is PyDict dict && !CollectionMethods.OfDict.ContainsKey(name) && !DictChanges.Contains(name)
            && dict.TryGet(name, out var found))
        {
            return found;
        }

        return Own(owner, name, out var value) ? value : Undefined.Member(owner, name);
    }

    /// <summary>What is in brackets: an item, else an attribute of this name.</summary>
    public static object? Item(object? owner, object? key)
    {
        switch (owner)
        {
            case PyDict dict:
                if (key is not (PyList or PyDict) && dict.TryGet(key, out var value))
                {
                    return value;
                }

                break;
            case PySequence sequence when Place(key, sequence.Items.Length) is { } place:
                return sequence.Items[place];
            case PyRange range when Place(key, range.Count) is { } place:
                return range.Start + (place * range.Step);
            case string or Markup when key is long or bool:
                var text = ValueKind.TextOf(owner)!;
                if (Place(key, CodePoints.Count(text)) is not { } at)
                {
                    break;
                }

                var part = CodePoints.Part(text, at, at + 1);
                return owner is Markup ? new Markup(part) : part;
            case Undefined missing:
                throw new JinjaException(missing.Reason);
        }

        return ValueKind.TextOf(key) is { } name && Own(owner, name, out var own) ? own
            : Undefined.Member(owner, key);
    }

    /// <summary>An attribute that a value has beside its items.</summary>
    /// <exception cref="JinjaException">The value is not there.</exception>
    public static bool Own(object? owner, string name, out object? value)
    {
        value = owner switch
        {
            Undefined missing => throw new JinjaException(missing.Reason),
            _ when name.StartsWith("__", StringComparison.Ordinal) && name.EndsWith("__", StringComparison.Ordinal) =>
                Undefined.Unsafe(owner, name),
            string or Markup => TextMethods.Find(owner, name),
            PyDict when DictChanges.Contains(name) => Undefined.Unsafe(owner, name),
            PyList when ListChanges.Contains(name) => Undefined.Unsafe(owner, name),
            PyDict => Bound(CollectionMethods.OfDict, name, owner),
            GroupTuple group when name is "grouper" or "list" => group.Items[name == "list" ? 1 : 0],
            PySequence or PyRange => Bound(CollectionMethods.OfSequence, name, owner),
            double number when name == "is_integer" => new Builtin(name, "", (_, _) => double.IsInteger(number)),
            _ => Builtin.Missing,
        };
        return owner switch
        {
            PyNamespace names => names.Attributes.TryGet(name, out value),
            LoopState loop => loop.TryGet(name, out value),
            Macro macro => macro.TryGet(name, out value),
            Cycler cycler => cycler.TryGet(name, out value),
            _ => value != Builtin.Missing,
        };
    }

    /// <summary>Along a path such as <c>function.name</c> or <c>0.role</c>, as filters take it.</summary>
    public static object? Along(object? owner, object? path, object? otherwise)
    {
        if (path is not (string or Markup))
        {
            return Defaulted(Item(owner, path), otherwise);
        }

        WorkBudget.Spend(ValueKind.TextOf(path)!.Length >> 2);
        foreach (var part in ValueKind.TextOf(path)!.Split('.'))
        {
            bool isPlace = part.Length is > 0 and < 10 && part.All(char.IsAsciiDigit);
            owner = Defaulted(Item(owner, isPlace ? long.Parse(part) : part), otherwise);
        }

        return owner;
    }

    private static object? Defaulted(object? value, object? otherwise) =>
        value is Undefined && otherwise != Builtin.Missing ? otherwise : value;

    private static object? Bound(IReadOnlyDictionary<string, Builtin> methods, string name, object owner) =>
        methods.TryGetValue(name, out var method) ? new BoundMethod(method, owner) : Builtin.Missing;

    private static int? Place(object? key, int count) =>
        key is long or bool && ValueKind.Small(key, "") is var place && (place < 0 ? place + count : place) is var at
        && at >= 0 && at < count ? at : null;
}
