using System.Runtime.ExceptionServices;

namespace LoNas.Distributed;

/// <summary>
/// Work that takes ranks unlike times. While one works the others hear from it again and again, so that a rank that
/// hangs is told from one that is busy, and all stop soon after one was asked to.
/// </summary>
public static class JointWork
{
    /// <summary>How long a rank works without a word: what a stop waits for, and far below any limit.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    [Flags]
    private enum Word : byte
    {
        None = 0,
        Done = 1,
        Stop = 2,
    }

    /// <summary>Works until every rank is done; all ranks call it.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="work">This rank's part, which may be nothing. Several ranks do it on another thread.</param>
    /// <param name="cancel">Asks this rank to stop.</param>
    /// <returns>
    /// False where a rank was asked to stop and some part may not be done: what was done is to be exchanged, if
    /// anything, before <see cref="OperationCanceledException"/> is thrown.
    /// </returns>
    public static bool Together(this ICollectives ranks, Action<CancellationToken> work, CancellationToken cancel)
    {
        if (ranks.Size == 1)
        {
            return Stopped(() => work(cancel)) is false;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var ended = new ManualResetEventSlim();
        bool wasStopped = false;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                wasStopped = Stopped(() => work(stop.Token));
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
            finally
            {
                ended.Set();
            }
        });
        thread.Start();
        while (true)
        {
            bool isDone = ended.Wait(Beat);
            failure?.Throw();
            var own = (isDone ? Word.Done : Word.None) | (wasStopped || cancel.IsCancellationRequested ? Word.Stop : 0);
            var all = ranks.Gather([(byte)own]).Select(bytes => (Word)bytes[0]).ToArray();
            if (all.Any(word => word.HasFlag(Word.Stop)))
            {
                stop.Cancel();
            }

            if (all.All(word => word.HasFlag(Word.Done)))
            {
                thread.Join();
                return !stop.IsCancellationRequested;
            }
        }
    }

    private static bool Stopped(Action work)
    {
        try
        {
            work();
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }
}
