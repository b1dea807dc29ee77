namespace LoNas.Errors;

/// <summary>Says which settings an exception is about, as data beside its message.</summary>
public static class SettingError
{
    private const string Key = "LoNas.Settings";

    /// <summary>The exception itself, told which settings would help.</summary>
    /// <param name="error">A new exception; its message is complete without the settings.</param>
    /// <param name="settings">The settings, the most helpful one first.</param>
    public static TException About<TException>(this TException error, params Setting[] settings)
        where TException : Exception
    {
        error.Data[Key] = settings;
        return error;
    }

    /// <summary>The settings that an exception is about; empty where nobody said.</summary>
    public static IReadOnlyList<Setting> Settings(this Exception error) => error.Data[Key] as Setting[] ?? [];
}
