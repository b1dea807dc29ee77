namespace LoNas.Cli.Output;

/// <summary>Says what interrupted work leaves behind. The innermost work that knows is the one that is heard.</summary>
internal static class Interruption
{
    /// <summary>Works; where that is interrupted, the message is what <paramref name="kept"/> says.</summary>
    /// <param name="work">The work.</param>
    /// <param name="kept">What is there after it, and what the same command does then; asked after the
    /// interruption.</param>
    public static T Explain<T>(Func<T> work, Func<string> kept)
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException error) when (!IsExplained(error))
        {
            throw new OperationCanceledException($"interrupted: {kept()}", error, error.CancellationToken);
        }
    }

    /// <summary>The same for work without a result.</summary>
    public static void Explain(Action work, Func<string> kept) => Explain(
        () =>
        {
            work();
            return true;
        },
        kept);

    /// <summary>What the user is told.</summary>
    public static string Message(OperationCanceledException error) => IsExplained(error)
        ? error.Message
        : "interrupted; the same command starts again";

    private static bool IsExplained(OperationCanceledException error) =>
        error.InnerException is OperationCanceledException;
}
