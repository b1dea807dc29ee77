using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Errors;
using LoNas.Runtime;

namespace LoNas.Cli.Output;

/// <summary>What an exception means to the user.</summary>
/// <param name="ExitCode">The program's exit code.</param>
/// <param name="Message">The one message shown.</param>
internal sealed record Failure(int ExitCode, string Message)
{
    /// <summary>Where libtorch's messages go over into a C++ stack trace.</summary>
    private const string NativeTrace = "\nException raised from";

    /// <summary>The failure, with the flags that a message of the library is about.</summary>
    public static Failure Of(Exception error)
    {
        if (error is AggregateException { InnerExceptions.Count: 1, InnerException: { } inner })
        {
            return Of(inner);
        }

        var failure = OfItself(error);
        return failure with { Message = SettingFlags.Add(failure.Message, error.Settings()) };
    }

    /// <summary>Tells the user and the log; gives the exit code.</summary>
    public static int Tell(Exception error, ConsoleReporter console) => Tell(Of(error), error, console);

    /// <summary>The same in words of one's own.</summary>
    public static int Tell(Failure failure, Exception error, ConsoleReporter console)
    {
        var trace = console.ShowsTraces ? error.ToString() : null;
        var fields = new JsonObject { ["exception"] = error.GetType().Name, ["exit_code"] = failure.ExitCode };
        if (trace is not null)
        {
            fields["trace"] = trace;
        }

        console.Log.Add(
            "error", failure.ExitCode == Output.ExitCode.Interrupted ? "interrupted" : "error", failure.Message,
            fields);
        console.Error(failure.Message, trace);
        return failure.ExitCode;
    }

    private static Failure OfItself(Exception error) => error switch
    {
        OperationCanceledException interrupted =>
            new Failure(Output.ExitCode.Interrupted, Interruption.Message(interrupted)),
        ArgumentException argument => new Failure(Output.ExitCode.BadInput, WithoutParameter(argument)),
        InvalidDataException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException
            or PathTooLongException or DriveNotFoundException or NativeLibraryException { IsOfSetting: true } =>
            new Failure(Output.ExitCode.BadInput, error.Message),
        InsufficientMemoryException => new Failure(Output.ExitCode.Failure, error.Message),
        _ when IsMemory(error) => new Failure(
            Output.ExitCode.Failure,
            $"not enough memory: {FirstLine(error.Message)}; what was saved is intact: with more memory free the same "
            + "command goes on, and a smaller --per_device_train_batch_size, --per_device_eval_batch_size or "
            + "--cutoff_len needs less"
            + (IsOfGpu(error) ? "; --device cpu needs none of the GPU's" : "")),
        IOException full when IsFull(full) => new Failure(
            Output.ExitCode.Failure,
            $"the disk is full: {error.Message}; what was complete is intact: free some space, and the same command "
            + "goes on"),
        ArithmeticException or InvalidCastException or NullReferenceException or KeyNotFoundException
            or IndexOutOfRangeException or FormatException or JsonException => new Failure(
            Output.ExitCode.Failure,
            $"this is a fault of the program: {FirstLine(error.Message)} What was complete is intact. Give the same "
            + "command with --debug, and report what it shows"),
        _ => new Failure(Output.ExitCode.Failure, WithoutNativeTrace(error.Message)),
    };

    private static bool IsOfGpu(Exception error) =>
        error.Message.Contains("CUDA out of memory", StringComparison.Ordinal)
        || error.Message.Contains("CUBLAS_STATUS_ALLOC_FAILED", StringComparison.Ordinal);

    /// <summary>libtorch's own allocator says so in its message alone.</summary>
    private static bool IsMemory(Exception error) => error is OutOfMemoryException
        || error.Message.Contains("bad_alloc", StringComparison.Ordinal)
        || error.Message.Contains("DefaultCPUAllocator", StringComparison.Ordinal)
        || IsOfGpu(error)
        || error.Message.Contains("Cannot allocate memory", StringComparison.Ordinal);

    private static bool IsFull(IOException error) => OperatingSystem.IsWindows()
        ? (error.HResult & 0xFFFF) is 39 or 112
        : error.HResult == 28 || error.HResult == (OperatingSystem.IsMacOS() ? 69 : 122); // ENOSPC, and a user's quota

    private static string FirstLine(string text) => text.Split('\n')[0];

    private static string WithoutParameter(ArgumentException error) => error.ParamName is { } name
        ? error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
        : error.Message;

    private static string WithoutNativeTrace(string message) =>
        message.IndexOf(NativeTrace, StringComparison.Ordinal) is var start and >= 0 ? message[..start] : message;
}
