namespace LoNas.Cli.Output;

/// <summary>What the program returns to the shell.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>Something went wrong that is not the input's fault.</summary>
    public const int Failure = 1;

    /// <summary>An option, file or folder that the user gave is wrong.</summary>
    public const int BadInput = 2;

    /// <summary>Ended by Ctrl+C, as shells number it.</summary>
    public const int Interrupted = 130;

    /// <summary>Ended by a request to terminate.</summary>
    public const int Terminated = 143;

    /// <summary>Ended by SIGUSR1, as shells number it.</summary>
    public const int SavedAndStopped = 138;
}
