using LoNas.Distributed;

namespace LoNas.Tests.Support;

/// <summary>Ranks that are threads of one process, for tests of what runs on them.</summary>
internal static class ThreadRanks
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs the same on several ranks at once; the first error of any is thrown.</summary>
    public static T[] Run<T>(int size, Func<ICollectives, T> work)
    {
        var place = new Place(size);
        var results = new T[size];
        var errors = new Exception?[size];
        Thread[] threads = [.. Enumerable.Range(0, size).Select(rank => new Thread(() =>
        {
            try
            {
                results[rank] = work(new Member(place, rank));
            }
            catch (Exception error)
            {
                errors[rank] = error;
                place.Fail();
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        if (errors.FirstOrDefault(error => error is not null and not BarrierPostPhaseException) is { } first)
        {
            throw new InvalidOperationException($"a rank failed: {first}", first);
        }

        return results;
    }

    private sealed class Place(int size)
    {
        private readonly Barrier _barrier = new(size);
        private volatile bool _failed;

        public byte[]?[] Brought { get; } = new byte[size][];

        public int[]?[] Lengths { get; } = new int[size][];

        public int Size { get; } = size;

        public void Meet()
        {
            for (var start = DateTime.UtcNow; !_barrier.SignalAndWait(100);)
            {
                if (_failed || DateTime.UtcNow - start > Patience)
                {
                    throw new InvalidOperationException("another rank does not come");
                }
            }
        }

        public void Fail() => _failed = true;
    }

    private sealed class Member(Place place, int rank) : ICollectives
    {
        public int Rank => rank;

        public int Size => place.Size;

        public byte[][] Gather(ReadOnlySpan<byte> own)
        {
            place.Brought[rank] = own.ToArray();
            place.Meet();
            byte[][] all = [.. place.Brought.Select(each => each!)];
            place.Meet();
            return all;
        }

        public void Exchange(
            ReadOnlySpan<byte> sent, ReadOnlySpan<int> sentLengths, Span<byte> received,
            ReadOnlySpan<int> receivedLengths)
        {
            (place.Brought[rank], place.Lengths[rank]) = (sent.ToArray(), sentLengths.ToArray());
            place.Meet();
            int to = 0;
            for (int from = 0; from < Size; from++)
            {
                var lengths = place.Lengths[from]!;
                Assert.Equal(lengths[rank], receivedLengths[from]);
                place.Brought[from].AsSpan(lengths[..rank].Sum(), lengths[rank]).CopyTo(received[to..]);
                to += lengths[rank];
            }

            place.Meet();
        }
    }
}
