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

    /// <summary>That of the run that goes on, in the output folder or from a checkpoint elsewhere, or today.</summary>
    public static RunDay Of(RunOptions options)
    {
        var output = options.Output;
        string[] folders =
        [
            .. options.Checkpoints.NamedCheckpoint is { } named ? [named, Path.Combine(named, "..")]
                : Array.Empty<string>(),
            .. output.OutputDir.Length > 0 && !output.Overwrite ? [output.OutputDir] : Array.Empty<string>(),
        ];
        var marked = folders.FirstOrDefault(folder => File.Exists(Path.Combine(folder, RunMarker.FileName)));
        return new RunDay(marked is not null && DateTime.TryParseExact(
            $"{RunMarker.Load(marked).Options[Key]}", Format, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var day)
            ? day
            : System.GetLocalNow().Date);
    }

    public override DateTimeOffset GetUtcNow() => new(_day, TimeSpan.Zero);
}
