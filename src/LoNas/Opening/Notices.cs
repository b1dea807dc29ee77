using LoNas.Errors;
using Microsoft.Extensions.Logging;

namespace LoNas.Opening;

/// <summary>What the library tells a program's log: whole sentences, without further fields.</summary>
internal static class Notices
{
    /// <summary>Something that the user should know, since it changes results, speed or what is kept.</summary>
    /// <param name="logger">Takes it.</param>
    /// <param name="text">A sentence that is complete without the settings.</param>
    /// <param name="settings">The settings that would help, under <c>Settings</c> of the logged state.</param>
    public static void Warn(this ILogger logger, string text, params Setting[] settings) => logger.Log(
        LogLevel.Warning, default, new Notice(text, settings), exception: null, static (notice, _) => notice.Text);

    /// <summary>Something that happens and may be of interest.</summary>
    public static void Inform(this ILogger logger, string text) => logger.LogInformation("{Text}", text);
}

/// <summary>The state of a logged warning: a sentence, and the settings that it is about.</summary>
/// <param name="Text">Complete without the settings.</param>
/// <param name="Settings">Those that would help; empty where none does.</param>
public sealed record Notice(string Text, IReadOnlyList<Setting> Settings);
