using Microsoft.Extensions.Logging;

namespace LoNas.Opening;

/// <summary>What the library tells a program's log: whole sentences, without further fields.</summary>
internal static class Notices
{
    /// <summary>Something that the user should know, since it changes results, speed or what is kept.</summary>
    public static void Warn(this ILogger logger, string text) => logger.LogWarning("{Text}", text);

    /// <summary>Something that happens and may be of interest.</summary>
    public static void Inform(this ILogger logger, string text) => logger.LogInformation("{Text}", text);
}
