using System.Text.Json.Nodes;

namespace LoNas.Cli.Options;

/// <summary>
/// All flags of a command, in the order of its help: the one place that names, describes and binds them. The parser,
/// the help, options files and the saved effective options all come from here; defaults come from the record.
/// </summary>
internal sealed class OptionTable<TOptions>(TOptions defaults)
{
    private readonly List<OptionSpec<TOptions>> _specs = [];
    private string _group = "";

    /// <summary>The options when nothing is given.</summary>
    public TOptions Defaults { get; } = defaults;

    public IReadOnlyList<OptionSpec<TOptions>> Specs => _specs;

    /// <summary>Starts a group of the help.</summary>
    public OptionTable<TOptions> Group(string heading)
    {
        _group = heading;
        return this;
    }

    /// <summary>Adds a flag.</summary>
    /// <param name="name">Name without dashes.</param>
    /// <param name="value">Kind of its value.</param>
    /// <param name="read">Gets it from the options.</param>
    /// <param name="write">Sets it.</param>
    /// <param name="description">What it does, in a line or two.</param>
    /// <param name="whenAbsent">What the help states as default where the record has none; null: nothing.</param>
    public OptionTable<TOptions> Add<T>(
        string name,
        OptionValue<T> value,
        Func<TOptions, T> read,
        Func<TOptions, T, TOptions> write,
        string description,
        string? whenAbsent = null)
    {
        _specs.Add(new OptionSpec<TOptions>
        {
            Name = name,
            Group = _group,
            Shape = value.Shape,
            Label = value.Label,
            Description = description,
            Default = DefaultText(value.ToJson(read(Defaults)), whenAbsent),
            Choices = value.Choices,
            Apply = (options, text) => write(options, value.Parse(text)),
            Read = options => value.ToJson(read(options)),
        });
        return this;
    }

    /// <summary>Other names of the flag that was added last.</summary>
    public OptionTable<TOptions> Also(params IReadOnlyList<string> otherNames)
    {
        _specs[^1] = _specs[^1] with { OtherNames = otherNames };
        return this;
    }

    /// <summary>The flag that was added last must be given.</summary>
    public OptionTable<TOptions> Required(bool isRequired = true)
    {
        _specs[^1] = _specs[^1] with { IsRequired = isRequired };
        return this;
    }

    /// <summary>The value of the flag that was added last may stand without its name.</summary>
    public OptionTable<TOptions> Operand()
    {
        _specs[^1] = _specs[^1] with { IsOperand = true };
        return this;
    }

    /// <summary>Says of a flag of another's table what it is to this command.</summary>
    /// <param name="name">The flag.</param>
    /// <param name="description">What it does here.</param>
    /// <param name="whenAbsent">What the help states as default; null for what it was.</param>
    /// <param name="isRequired">Whether it must be given here.</param>
    /// <param name="group">Its heading; null for what it was.</param>
    public OptionTable<TOptions> Reword(
        string name, string description, string? whenAbsent = null, bool isRequired = false, string? group = null)
    {
        int place = _specs.FindIndex(spec => spec.Name == name);
        _specs[place] = _specs[place] with
        {
            Description = description,
            Group = group ?? _specs[place].Group,
            Default = whenAbsent ?? _specs[place].Default,
            IsRequired = isRequired,
        };
        return this;
    }

    /// <summary>Adds the flags of a part of the options, which several commands may share.</summary>
    /// <param name="read">Gets the part out of the options.</param>
    /// <param name="write">Puts it back.</param>
    /// <param name="rows">Adds its flags; where it starts no group of the help they join the present one.</param>
    public OptionTable<TOptions> Part<TPart>(
        Func<TOptions, TPart> read, Func<TOptions, TPart, TOptions> write, Action<OptionTable<TPart>> rows)
    {
        var part = new OptionTable<TPart>(read(Defaults)) { _group = _group };
        rows(part);
        _specs.AddRange(part._specs.Select(spec => spec.Within(read, write)));
        _group = part._group;
        return this;
    }

    /// <summary>A table of some of these flags for another command, with other values where nothing is given.</summary>
    public OptionTable<TOptions> Only(TOptions defaults, params IReadOnlyList<string> names)
    {
        var table = new OptionTable<TOptions>(defaults);
        table._specs.AddRange(_specs.Where(spec => names.Contains(spec.Name)));
        return table;
    }

    /// <summary>The flag of a name, or of one of its other names; null where there is none.</summary>
    public OptionSpec<TOptions>? Find(string name) =>
        _specs.Find(spec => spec.Name == name || spec.OtherNames.Contains(name));

    /// <summary>All values under their flags' names: an options file that gives the same options again.</summary>
    public JsonObject ToJson(TOptions options) =>
        new(_specs.Select(spec => KeyValuePair.Create(spec.Name, spec.Read(options))));

    /// <summary>The flags whose values differ from those when nothing is given.</summary>
    public IEnumerable<(string Name, JsonNode? Value)> Changed(TOptions options) => _specs
        .Select(spec => (spec.Name, Value: spec.Read(options), Default: spec.Read(Defaults)))
        .Where(row => !JsonNode.DeepEquals(row.Value, row.Default))
        .Select(row => (row.Name, row.Value));

    // A switch that is off unless given needs no word.
    private static string? DefaultText(JsonNode? value, string? whenAbsent) => value switch
    {
        null => whenAbsent,
        JsonArray names => names.Count == 0 ? whenAbsent : string.Join(',', names),
        JsonValue flag when flag.TryGetValue(out bool set) => set ? "True" : whenAbsent,
        _ => value.ToString() is { Length: > 0 } text ? text : whenAbsent,
    };
}
