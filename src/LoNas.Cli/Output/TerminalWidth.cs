using System.Globalization;

namespace LoNas.Cli.Output;

/// <summary>Columns of this process' terminal.</summary>
internal static class TerminalWidth
{
    /// <summary>What terminals had for decades, and what is taken for one that does not say.</summary>
    public const int Usual = 80;

    /// <summary>What the variable COLUMNS says; null where it says nothing.</summary>
    public static int? Asked() => int.TryParse(
        Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out int columns)
        && columns > 0 ? columns : null;

    /// <summary>
    /// What the variable COLUMNS says, as in other tools; else what the terminal says, at every call: its window may
    /// change.
    /// </summary>
    public static int Now()
    {
        if (Asked() is { } columns)
        {
            return columns;
        }

        try
        {
            return Console.WindowWidth is var width and > 0 ? width : Usual;
        }
        catch (Exception error) when (error is IOException or PlatformNotSupportedException)
        {
            return Usual;
        }
    }
}
