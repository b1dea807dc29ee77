using System.Globalization;
using System.Runtime.CompilerServices;
using LoNas.Cli.Flags;
using LoNas.Cli.Output;
using LoNas.Distributed;

namespace LoNas.Cli.Ranks;

/// <summary>
/// Runs a command on the ranks that a launcher started, or on this process alone, and sees to it that all end: in order
/// where all do, else at once, with one message.
/// </summary>
internal sealed class RankRun
{
    /// <summary>How long others may take to end after an interruption that may not have come to them.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(30);

    /// <summary>What the first rank has to say is said before another says the same.</summary>
    private static readonly TimeSpan Precedence = TimeSpan.FromSeconds(2);

    private readonly Mpi _mpi;
    private readonly Nccl? _nccl;
    private readonly RankSession _session;
    private readonly WatchedCollectives _ranks;
    private readonly ConsoleReporter _console;
    private readonly double _timeout;
    private Timer? _last;

    private RankRun(Mpi mpi, DistributedFlags flags, ConsoleReporter console)
    {
        (_mpi, _console, _timeout) = (mpi, console, flags.DistTimeout);
        _nccl = flags.Dist == DistributedBy.Nccl ? Nccl.Over(mpi, RankPlace.Agree(mpi)[mpi.Rank].LocalRank) : null;
        _ranks = new WatchedCollectives(
            (ICollectives?)_nccl ?? mpi, TimeSpan.FromSeconds(_timeout), EndLate, TimeProvider.System);
        _session = new RankSession(_ranks, RankPlace.Agree(_ranks), mpi.Library);
    }

    /// <summary>Runs it; gives the exit code.</summary>
    /// <param name="flags">Whether there are others.</param>
    /// <param name="console">This process's; those of all ranks but the first get a silent one.</param>
    /// <param name="work">The command.</param>
    public static int Execute(
        DistributedFlags flags, ConsoleReporter console, Func<RankSession, ConsoleReporter, int> work)
    {
        var launcher = Launcher.Find();
        return flags.IsWanted(launcher)
            ? ExecuteByMpi(launcher, flags, console, work)
            : work(RankSession.Alone, console);
    }

    // A method of its own: what is loaded for it costs a run of one process nothing.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ExecuteByMpi(
        Launcher? launcher, DistributedFlags flags, ConsoleReporter console,
        Func<RankSession, ConsoleReporter, int> work)
    {
        var mpi = Start(launcher, flags, console);
        if (launcher is null && mpi.Size == 1)
        {
            console.Warn("no mpirun or srun started this process, as far as its environment says: it works alone");
        }

        return new RankRun(mpi, flags, console).Execute(work);
    }

    /// <summary>
    /// Starts MPI, which waits for all processes: one that has ended before never comes, and not every launcher sees
    /// it.
    /// </summary>
    private static Mpi Start(Launcher? launcher, DistributedFlags flags, ConsoleReporter console)
    {
        var seconds = flags.DistTimeout.ToString(CultureInfo.InvariantCulture);
        using var limit = new Timer(
            _ =>
            {
                console.Error(
                    $"MPI has waited {seconds} s for processes of {launcher?.Name ?? "a launcher"} that did not start "
                    + "it: look for one that ended with a message, or that hangs (--dist_timeout)");
                Mpi.End(ExitCode.Failure);
            },
            null, TimeSpan.FromSeconds(flags.DistTimeout), Timeout.InfiniteTimeSpan);
        return Mpi.Start(launcher);
    }

    private int Execute(Func<RankSession, ConsoleReporter, int> work)
    {
        int code;
        try
        {
            code = work(_session, _session.IsFirst ? _console : _console.Silent());
        }
        catch (RankRefusalException refusal)
        {
            code = refusal.Code;
            AbortAfter(EndPatience, code);
            if (_session.IsFirst)
            {
                Failure.Tell(new Failure(code, refusal.Message), refusal, _console);
            }
        }
        catch (OperationCanceledException interruption)
        {
            code = End(interruption);
        }
        catch (Exception error) when (_session.HasOthers)
        {
            return Abort(error);
        }
        catch
        {
            Finish();
            throw;
        }

        Finish();
        return code;
    }

    /// <summary>Ends MPI in order; who waits too long for the others ends them.</summary>
    private void Finish()
    {
        if (_last is null)
        {
            AbortAfter(TimeSpan.FromSeconds(_timeout), ExitCode.Failure);
        }

        _ranks.Dispose();
        _nccl?.Dispose();
        _mpi.Dispose();
        _last!.Dispose();
    }

    private void AbortAfter(TimeSpan patience, int code) =>
        // MPI can't be asked to end the others while it ends itself; the launcher sees the code and does.
        _last = new Timer(_ => Mpi.End(code), null, patience, Timeout.InfiniteTimeSpan);

    /// <summary>
    /// Ends an interrupted run: the first rank tells. All have the same exit code, since Hydra takes one of the ranks'.
    /// </summary>
    private int End(OperationCanceledException interruption)
    {
        AbortAfter(EndPatience, ExitCode.Interrupted);
        return _session.IsFirst ? Failure.Tell(interruption, _console) : Failure.Of(interruption).ExitCode;
    }

    private int Abort(Exception error)
    {
        WaitForFirst();
        var failure = Failure.Of(error);
        var lead = _session.IsFirst ? "" : $"{_session.Name}: ";
        Failure.Tell(failure with { Message = $"{lead}{failure.Message}{Kept()}" }, error, _console);
        _mpi.Abort(failure.ExitCode);
        return failure.ExitCode;
    }

    private void EndLate(string what)
    {
        WaitForFirst();
        var seconds = _timeout.ToString(CultureInfo.InvariantCulture);
        _console.Error(
            $"{_session?.Name ?? "a rank"} has waited {seconds} s for the other ranks ({what}): one of them hangs, or "
            + "the network to it is cut. All ranks end; look for the one that says nothing here, and where the work "
            + $"itself takes longer, allow it (--dist_timeout){Kept()}");
        _mpi.Abort(ExitCode.Failure);
    }

    private string Kept() => _session?.Kept is { } kept ? $"; {kept()}" : "";

    /// <summary>One after another, so that the first has ended the others before they speak.</summary>
    private void WaitForFirst() => Thread.Sleep(_mpi.Rank == 0 ? TimeSpan.Zero
        : Precedence + TimeSpan.FromMilliseconds(Math.Min(100 * _mpi.Rank, 5000)));
}
