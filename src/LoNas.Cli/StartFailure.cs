namespace LoNas.Cli;

/// <summary>What keeps the program from starting, before there is anything that could report it.</summary>
internal static class StartFailure
{
    private const int TooManyFiles = 24; // EMFILE

    /// <summary>The message; null for what is a fault of the program.</summary>
    public static string? Message(Exception error)
    {
        var all = Chain(error).ToArray();
        return all.Any(one => one.HResult == TooManyFiles) || all.OfType<FileNotFoundException>().Any()
            ? "the program's own files can't be opened: some are missing, or too few files may be open at once; "
                + "install it anew, or raise the limit (ulimit -n 1024)"
            : null;
    }

    /// <summary>Writes it where that is possible.</summary>
    public static void Tell(string message)
    {
        try
        {
            Console.Error.WriteLine($"error: {message}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The exit code alone has to tell.
        }
    }

    private static IEnumerable<Exception> Chain(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            yield return error;
        }
    }
}
