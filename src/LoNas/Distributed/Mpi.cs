using System.Buffers;
using System.Runtime.InteropServices;
using LoNas.Runtime;

namespace LoNas.Distributed;

/// <summary>
/// The processes that mpirun or srun started, through the system's MPI library. Calls come from the thread that started
/// it, all but <see cref="Abort"/>. An error of MPI ends all processes, with MPI's own message.
/// </summary>
public sealed unsafe partial class Mpi : ICollectives, IDisposable
{
    // MPI counts in 32 bits, and what it gathers lies once more here: more than this goes in several calls.
    private const int MostAtOnce = 1 << 26;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly MpiLibrary _library;
    private bool _isEnded;

    private Mpi(MpiLibrary library) => (_library, Rank, Size) = (library, library.Rank(), library.Size());

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <summary>The library in use and its version, in its own words.</summary>
    public string Library => $"{_library.Version} ({_library.File})";

    /// <summary>Loads the library and starts MPI; all processes have to.</summary>
    /// <param name="launcher">What started the processes; null where that is not known.</param>
    /// <exception cref="NativeLibraryException">There is no library, or none that can be called.</exception>
    /// <exception cref="ArgumentException">The library is not the launcher's: it sees other processes.</exception>
    public static Mpi Start(Launcher? launcher)
    {
        var library = MpiLibrary.Load(launcher?.Library);
        library.Start();
        var mpi = new Mpi(library);
        if (launcher is not null && launcher.Size != mpi.Size)
        {
            mpi.Dispose();
            throw new ArgumentException(
                $"{launcher.Name} started {Processes(launcher.Size)}, and the MPI library sees {mpi.Size}: "
                + $"{mpi.Library} is not the launcher's. Start them with the mpirun of that library, or name the "
                + $"launcher's ({MpiLibrary.Variable})");
        }

        return mpi;
    }

    /// <inheritdoc/>
    public byte[][] Gather(ReadOnlySpan<byte> own)
    {
        long[] lengths = Lengths(own.Length);
        var all = Array.ConvertAll(lengths, length => new byte[length]);
        int part = Math.Max(1, MostAtOnce / Size);
        for (long from = 0; from < lengths.Max(); from += part)
        {
            int[] counts = [.. lengths.Select(length => (int)Math.Clamp(length - from, 0, part))];
            int start = (int)Math.Min(from, own.Length);
            GatherPart(own.Slice(start, counts[Rank]), counts, all, from);
        }

        return all;
    }

    /// <inheritdoc/>
    public void Exchange(
        ReadOnlySpan<byte> sent, ReadOnlySpan<int> sentLengths, Span<byte> received, ReadOnlySpan<int> receivedLengths)
    {
        int[] places = Places(sentLengths);
        int[] backPlaces = Places(receivedLengths);
        fixed (byte* from = sent)
        fixed (byte* to = received)
        fixed (int* counts = sentLengths)
        fixed (int* backCounts = receivedLengths)
        fixed (int* at = places)
        fixed (int* backAt = backPlaces)
        {
            _library.Exchange(from, counts, at, to, backCounts, backAt);
        }
    }

    /// <summary>Ends all processes at once, this one too; does not return. Any thread may call it.</summary>
    /// <param name="code">The exit code.</param>
    public void Abort(int code)
    {
        // A library that waits inside another call may never come back from this one.
        using var last = new Timer(_ => End(code), null, Patience, Timeout.InfiniteTimeSpan);
        _library.Abort(code);
        End(code);
    }

    /// <summary>Waits until all processes are here and ends MPI.</summary>
    public void Dispose()
    {
        if (!_isEnded)
        {
            _isEnded = true;
            _library.Finish();
        }
    }

    private static string Processes(int count) => count == 1 ? "1 process" : $"{count} processes";

    private static int[] Places(ReadOnlySpan<int> lengths)
    {
        int[] places = new int[lengths.Length];
        for (int rank = 1; rank < lengths.Length; rank++)
        {
            places[rank] = checked(places[rank - 1] + lengths[rank - 1]);
        }

        return places;
    }

    private long[] Lengths(long own)
    {
        long[] lengths = new long[Size];
        fixed (long* all = lengths)
        {
            _library.Gather((byte*)&own, sizeof(long), (byte*)all);
        }

        return lengths;
    }

    private void GatherPart(ReadOnlySpan<byte> own, int[] counts, byte[][] all, long start)
    {
        int[] places = Places(counts);
        int total = places[^1] + counts[^1];
        var room = ArrayPool<byte>.Shared.Rent(total);
        fixed (byte* sent = own)
        fixed (byte* received = room)
        fixed (int* lengths = counts)
        fixed (int* at = places)
        {
            _library.Gather(sent, own.Length, received, lengths, at);
        }

        for (int rank = 0; rank < Size; rank++)
        {
            room.AsSpan(places[rank], counts[rank])
                .CopyTo(all[rank].AsSpan((int)Math.Min(start, all[rank].Length)));
        }

        ArrayPool<byte>.Shared.Return(room);
    }

    /// <summary>Ends this process at once, whatever MPI is doing; does not return.</summary>
    /// <param name="code">The exit code, by which the launcher ends the others.</param>
    public static void End(int code)
    {
        if (OperatingSystem.IsWindows())
        {
            Environment.Exit(code);
        }

        Exit(code);
    }

    // Without the handlers that a library has for an ordered end, which may wait for the others.
    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int code);
}
