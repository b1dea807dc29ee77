using System.Text.Json.Nodes;
using LoNas.Cli.Output;

namespace LoNas.Cli.Options;

/// <summary>What to do next: a line that can be copied and run as it stands, from the folder the user is in.</summary>
/// <param name="Purpose">What the line does, as it reads after "next: ".</param>
/// <param name="Words">The line's words.</param>
internal sealed record NextStep(string Purpose, IReadOnlyList<string> Words)
{
    /// <summary>A command of this program; its flags are still to be given.</summary>
    public static NextStep With(string command, string purpose) => new(purpose, [.. ProgramCall.Words, command]);

    /// <summary>Gives a flag; none where the value is null.</summary>
    public NextStep Give(string flag, string? value) =>
        value is null ? this : this with { Words = [.. Words, $"--{flag}", value] };

    /// <summary>Gives a switch; none where it is not set.</summary>
    public NextStep Switch(string flag, bool isSet) =>
        isSet ? this with { Words = [.. Words, $"--{flag}"] } : this;

    /// <summary>Gives flags of the same names what they have here, unless that is the default.</summary>
    public NextStep Keep<TOptions>(OptionTable<TOptions> table, TOptions options, Func<string, bool> names) =>
        table.Changed(options).Where(given => names(given.Name)).Aggregate(this, (step, given) =>
            given.Value is JsonValue value && value.TryGetValue(out bool isSet) && isSet
                ? step.Switch(given.Name, isSet)
                : step.Give(given.Name, TextOf(given.Value)));

    /// <summary>Shows it, behind all that the command has to say.</summary>
    public void Show(ConsoleReporter console)
    {
        console.Line($"next: {Purpose}:");
        console.Verbatim($"  {ShellLine.Of(Words)}");
    }

    /// <summary>The same where standard output has a result alone: beside it, and for people only.</summary>
    public void ShowBeside(ConsoleReporter result)
    {
        if (result.IsTerminal)
        {
            Show(result.OnError());
        }
    }

    /// <summary>A value as a command line gives it.</summary>
    public static string TextOf(JsonNode? value) => value switch
    {
        null => OptionValues.None,
        JsonArray entries => string.Join(',', entries),
        JsonValue flag when flag.TryGetValue(out bool set) => set ? "True" : "False",
        _ => value.ToString(),
    };
}
