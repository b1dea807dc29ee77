using LoNas.Runtime;

namespace LoNas.Distributed;

/// <summary>
/// Exchanges by NVIDIA's NCCL, between GPUs and over the networks that it knows; all else, also how the ranks find each
/// other, goes another way. Never tried on a GPU: tests call it with a stand-in of the libraries.
/// </summary>
public sealed unsafe class Nccl : ICollectives, IDisposable
{
    private readonly ICollectives _others;
    private readonly NcclLibrary _library;
    private readonly int _device;
    private nint _ranks;
    private (nint Address, long Bytes) _sent;
    private (nint Address, long Bytes) _received;

    private Nccl(ICollectives others, NcclLibrary library, int device) =>
        (_others, _library, _device) = (others, library, device);

    /// <inheritdoc/>
    public int Rank => _others.Rank;

    /// <inheritdoc/>
    public int Size => _others.Size;

    /// <summary>Loads the libraries and lets the ranks meet, which all have to.</summary>
    /// <param name="others">The ranks, by another way.</param>
    /// <param name="device">The number of this rank's GPU; ranks of one machine have one each.</param>
    /// <exception cref="NativeLibraryException">A library is missing, or not what it should be.</exception>
    /// <exception cref="InvalidOperationException">NCCL or CUDA failed; the message is theirs.</exception>
    public static Nccl Over(ICollectives others, int device) => Over(others, device, NcclLibrary.Load());

    internal static Nccl Over(ICollectives others, int device, NcclLibrary library)
    {
        var made = new Nccl(others, library, device);
        library.Use(device);
        byte[] own = others.Rank == 0 ? library.NewName() : [];
        made._ranks = library.Meet(others.Gather(own)[0], others.Size, others.Rank);
        return made;
    }

    /// <inheritdoc/>
    public byte[][] Gather(ReadOnlySpan<byte> own) => _others.Gather(own);

    /// <inheritdoc/>
    public void Exchange(
        ReadOnlySpan<byte> sent, ReadOnlySpan<int> sentLengths, Span<byte> received, ReadOnlySpan<int> receivedLengths)
    {
        _library.Use(_device); // a fact of the calling thread
        Fit(ref _sent, sent.Length);
        Fit(ref _received, received.Length);
        fixed (byte* from = sent)
        {
            _library.ToDevice(_sent.Address, from, sent.Length);
        }

        var (at, backAt) = (0L, 0L);
        var own = (From: 0L, To: 0L);
        _library.BeginGroup();
        for (int rank = 0; rank < Size; rank++)
        {
            if (rank == Rank)
            {
                own = (at, backAt);
            }
            else
            {
                _library.Send((nint)(_sent.Address + at), sentLengths[rank], rank, _ranks);
                _library.Receive((nint)(_received.Address + backAt), receivedLengths[rank], rank, _ranks);
            }

            (at, backAt) = (at + sentLengths[rank], backAt + receivedLengths[rank]);
        }

        _library.EndGroup();
        fixed (byte* to = received)
        {
            _library.ToHost(to, _received.Address, received.Length);
        }

        sent.Slice((int)own.From, sentLengths[Rank]).CopyTo(received[(int)own.To..]);
    }

    /// <summary>Frees what the GPU holds, and ends NCCL between the ranks.</summary>
    public void Dispose()
    {
        if (_ranks != 0)
        {
            _library.Free(_sent.Address);
            _library.Free(_received.Address);
            _library.Part(_ranks);
            _ranks = 0;
        }
    }

    private void Fit(ref (nint Address, long Bytes) room, long bytes)
    {
        if (room.Bytes < bytes)
        {
            _library.Free(room.Address);
            room = (0, 0);
            room = (_library.Allocate(bytes), bytes);
        }
    }
}
