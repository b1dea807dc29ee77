using System.Globalization;

namespace LoNas.Cli.Options;

/// <summary>Gathers what is wrong, so that it can be reported at once.</summary>
internal sealed class OptionProblems
{
    private readonly List<OptionProblem> _found = [];

    public IReadOnlyList<OptionProblem> Found => _found;

    /// <summary>Notes <paramref name="text"/> when <paramref name="wrong"/>.</summary>
    public OptionProblems When(bool wrong, string text, params IReadOnlyList<string> names)
    {
        if (wrong)
        {
            _found.Add(new OptionProblem(text, names));
        }

        return this;
    }

    /// <summary>A number must not be smaller than <paramref name="least"/>; null is no number.</summary>
    public OptionProblems AtLeast(string name, double? value, double least) =>
        When(value < least, $"--{name} is {Show(value)}; expected at least {Show(least)}", name);

    /// <summary>A number must not be larger than <paramref name="most"/>; null is no number.</summary>
    public OptionProblems AtMost(string name, double? value, double most) =>
        When(value > most, $"--{name} is {Show(value)}; expected at most {Show(most)}", name);

    /// <summary>A number must be more than 0; null is no number.</summary>
    public OptionProblems Positive(string name, double? value) =>
        When(value <= 0, $"--{name} is {Show(value)}; expected more than 0", name);

    /// <summary>A number must lie from <paramref name="least"/> up to, but not at, <paramref name="limit"/>.</summary>
    public OptionProblems Within(string name, double? value, double least, double limit) =>
        When(value < least || value >= limit,
            $"--{name} is {Show(value)}; expected at least {Show(least)} and less than {Show(limit)}", name);

    /// <summary>A text must be given.</summary>
    public OptionProblems Required(string name, string? value, string why) =>
        When(string.IsNullOrEmpty(value), $"--{name} is missing: {why}", name);

    private static string Show(double? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
}
