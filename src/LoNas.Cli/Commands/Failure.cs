namespace LoNas.Cli.Commands;

/// <summary>What an exception means to the user.</summary>
/// <param name="ExitCode">The program's exit code.</param>
/// <param name="Message">The one message shown.</param>
internal sealed record Failure(int ExitCode, string Message)
{
    /// <summary>Where libtorch's messages go over into a C++ stack trace.</summary>
    private const string NativeTrace = "\nException raised from";

    public static Failure Of(Exception error) => error switch
    {
        AggregateException { InnerExceptions.Count: 1, InnerException: { } inner } => Of(inner),
        OperationCanceledException interrupted => new Failure(Commands.ExitCode.Interrupted, Interruption.Message(interrupted)),
        ArgumentException argument => new Failure(Commands.ExitCode.BadInput, WithoutParameter(argument)),
        InvalidDataException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException
            or PathTooLongException or DriveNotFoundException => new Failure(Commands.ExitCode.BadInput, error.Message),
        OutOfMemoryException => new Failure(Commands.ExitCode.Failure, $"not enough memory: {error.Message}"),
        _ => new Failure(Commands.ExitCode.Failure, WithoutNativeTrace(error.Message)),
    };

    private static string WithoutParameter(ArgumentException error) => error.ParamName is { } name
        ? error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
        : error.Message;

    private static string WithoutNativeTrace(string message) =>
        message.IndexOf(NativeTrace, StringComparison.Ordinal) is var start and >= 0 ? message[..start] : message;
}
