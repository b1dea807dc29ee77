using System.Globalization;
using LoNas.Cli.Flags;

namespace LoNas.Cli.Train;

/// <summary>
/// The day on which a run began, for templates that write it: one that goes on tomorrow trains on the same texts.
/// </summary>
internal sealed class RunDay : TimeProvider
{
    /// <summary>Its key in a run's identity.</summary>
    public const string Key = "chat_template_day";

    private const string Format = "yyyy-MM-dd";

    private readonly DateTime _day;

    private RunDay(DateTime day) => _day = day;

    /// <summary>The day, such as 2026-11-30.</summary>
    public string Text => _day.ToString(Format, CultureInfo.InvariantCulture);

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>That of the run in the output folder, or today.</summary>
    public static RunDay Of(OutputFlags output)
    {
        bool goesOn = output.OutputDir.Length > 0 && !output.Overwrite
            && File.Exists(Path.Combine(output.OutputDir, RunMarker.FileName));
        return new RunDay(goesOn && DateTime.TryParseExact(
            $"{RunMarker.Load(output.OutputDir).Options[Key]}", Format, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var day)
            ? day
            : System.GetLocalNow().Date);
    }

    public override DateTimeOffset GetUtcNow() => new(_day, TimeSpan.Zero);
}
