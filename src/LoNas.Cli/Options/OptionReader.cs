using System.CommandLine.Parsing;
using LoNas.Storage;

namespace LoNas.Cli.Options;

/// <summary>
/// Makes the options of a command: defaults, then an options file, then the command line. Everything that is wrong is
/// gathered and reported at once.
/// </summary>
internal sealed class OptionReader<TOptions>
{
    /// <summary>A file with more is none of options, and finding out what each was meant to be takes long.</summary>
    private const int MostProblems = 100;

    private readonly OptionTable<TOptions> _table;
    private readonly Action<string> _note;
    private readonly List<OptionProblem> _problems = [];
    private TOptions _options;
    private bool _fileLost;

    private OptionReader(OptionTable<TOptions> table, Action<string> note)
    {
        (_table, _note) = (table, note);
        _options = table.Defaults;
    }

    /// <summary>Reads and validates.</summary>
    /// <param name="table">The flags that there are.</param>
    /// <param name="tokens">The command line.</param>
    /// <param name="validate">What is wrong with the values together.</param>
    /// <param name="note">Takes what is no error, but may not be what was meant.</param>
    /// <exception cref="ArgumentException">Something is wrong; the message lists all of it.</exception>
    public static TOptions Read(
        OptionTable<TOptions> table,
        IEnumerable<Token> tokens,
        Func<TOptions, IReadOnlyList<OptionProblem>> validate,
        Action<string> note)
    {
        var reader = new OptionReader<TOptions>(table, note);
        var given = GivenTokens.Pair(tokens, name => table.Find(name)?.Shape);
        string[] bare = [.. given.Arguments.Where(argument => !OptionsFile.IsName(argument))];
        GivenOption[] operands = [.. table.Specs.Where(spec => spec.IsOperand)
            .Zip(bare, (spec, text) => new GivenOption(spec.Name, text))];
        reader.AddStrays(bare.Skip(operands.Length));
        reader.ApplyFiles([.. given.Arguments.Where(OptionsFile.IsName)]);
        reader.ApplyFlags([.. operands, .. given.Options]);

        string[] all = [.. reader._problems.Concat(reader.Consequences(validate)).Select(problem => problem.Text)];
        return all.Length == 0 ? reader._options : throw new ArgumentException(ProblemList.Format(all));
    }

    // What could not be read looks as if it had not been given: what follows from that alone is no news.
    private IEnumerable<OptionProblem> Consequences(Func<TOptions, IReadOnlyList<OptionProblem>> validate)
    {
        var known = _problems.SelectMany(problem => problem.Names).ToHashSet();
        return _fileLost ? [] : validate(_options).Where(problem => !problem.Names.Any(known.Contains));
    }

    private void AddStrays(IEnumerable<string> arguments)
    {
        foreach (string stray in arguments)
        {
            Add($"unexpected argument '{stray}'; expected flags or one options file that ends in .json");
        }
    }

    private void ApplyFiles(IReadOnlyList<string> files)
    {
        if (files.Count > 1)
        {
            Add($"{files.Count} options files are given ({string.Join(", ", files)}); give one");
        }
        else if (files.Count == 1)
        {
            ApplyFile(files[0]);
        }
    }

    private void ApplyFile(string path)
    {
        try
        {
            foreach (var group in OptionsFile.Read(path).GroupBy(entry => CanonicalName(entry.Name))
                .TakeWhile(_ => _problems.Count < MostProblems))
            {
                string origin = $"'{Excerpt.Of(group.Key)}' in options file '{path}'";
                var value = group.Last().Value;
                if (Known(group.Key, origin, "") is { } spec)
                {
                    if (group.Count() > 1)
                    {
                        Add($"{origin} is given {group.Count()} times; give it once", spec.Name);
                    }

                    Apply(spec, () => OptionsFile.ToText(value, spec.Shape), $"{origin} is {Excerpt.Of(value)}");
                }
            }
        }
        catch (InvalidDataException error)
        {
            Add(error.Message);
            _fileLost = true;
        }
    }

    private void ApplyFlags(IReadOnlyList<GivenOption> flags)
    {
        foreach (var group in flags.GroupBy(flag => CanonicalName(flag.Name)))
        {
            string flag = $"--{group.Key}";
            string? value = group.Last().Value;
            if (Known(group.Key, $"'{flag}'", "--") is not { } spec)
            {
                continue;
            }

            if (value is null && spec.Shape != OptionShape.Switch)
            {
                Add($"{flag} needs a value: {flag} {spec.Label}", spec.Name);
                continue;
            }

            if (group.Select(given => given.Value).Distinct().Count() > 1)
            {
                // A script's "$@" overrides what the script gives before it.
                _note($"{flag} is given {group.Count()} times; the last, '{Excerpt.Of(value ?? "True")}', is taken");
            }

            Apply(spec, () => value ?? "True", $"{flag} is '{Excerpt.Of(value ?? "")}'");
        }
    }

    private string CanonicalName(string name) => _table.Find(name)?.Name ?? name;

    private OptionSpec<TOptions>? Known(string name, string origin, string dashes)
    {
        var spec = _table.Find(name);
        if (spec is null)
        {
            AddUnknown(name, origin, dashes);
        }

        return spec;
    }

    private void AddUnknown(string name, string origin, string dashes)
    {
        if (ForeignNames.Explain(name, dashes, own => _table.Find(own) is not null) is { } foreign)
        {
            Add($"unknown option {origin}; {foreign.Text}", foreign.Name is { } own ? [own] : []);
        }
        else if (NearestName.Find(name, _table.Specs.Select(known => known.Name)) is { } nearest)
        {
            Add($"unknown option {origin}; did you mean '{dashes}{nearest}'?", nearest);
        }
        else
        {
            Add($"unknown option {origin}; --help shows those that there are");
        }
    }

    private void Apply(OptionSpec<TOptions> spec, Func<string?> read, string fact)
    {
        try
        {
            _options = read() is { } text ? spec.Apply(_options, text) : _options;
        }
        catch (FormatException error)
        {
            Add($"{fact}; {error.Message}", spec.Name);
        }
    }

    private void Add(string text, params IReadOnlyList<string> names) => _problems.Add(new OptionProblem(text, names));
}
