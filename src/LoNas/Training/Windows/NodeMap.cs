using LoNas.Distributed;

namespace LoNas.Training.Windows;

/// <summary>Which rank has which nodes of a window's tree, and where each parameter lies among all elements.</summary>
internal sealed class NodeMap
{
    private readonly long[] _starts;

    private NodeMap(IReadOnlyList<Node> nodes, long[] lengths)
    {
        (Nodes, Lengths) = (nodes, lengths);
        Present = [.. lengths.Select((_, index) => nodes.Any(node => node.Has[index]))];
        _starts = new long[lengths.Length];
        foreach (var (index, length) in lengths.Index())
        {
            _starts[index] = Total;
            Total += Present[index] ? length : 0;
        }
    }

    /// <summary>The nodes of all ranks from left to right.</summary>
    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>The number of parameters.</summary>
    public int Count => Lengths.Length;

    /// <summary>Elements of each parameter.</summary>
    public long[] Lengths { get; }

    /// <summary>Which parameters have a gradient on any rank; the others take no place.</summary>
    public bool[] Present { get; }

    /// <summary>Elements of all parameters that have a gradient.</summary>
    public long Total { get; }

    /// <summary>Asks all ranks.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="parts">This rank's nodes, from left to right.</param>
    /// <param name="lengths">Elements of each parameter.</param>
    public static NodeMap Of(ICollectives ranks, IReadOnlyList<PartialGradient> parts, long[] lengths)
    {
        using var own = new MemoryStream();
        using var writer = new BinaryWriter(own);
        foreach (var part in parts)
        {
            writer.Write(part.Start);
            writer.Write(part.Count);
            Array.ForEach(part.Gradients, gradient => writer.Write(gradient is not null));
        }

        var nodes = ranks.Gather(own.ToArray())
            .SelectMany((bytes, rank) => Read(bytes, rank, lengths.Length));
        return new NodeMap([.. nodes.OrderBy(node => node.Start)], lengths);
    }

    /// <summary>The parts of parameters that lie between two places.</summary>
    /// <returns>The parameter, its first element, how many, and where they lie among all.</returns>
    public IEnumerable<(int Index, int Offset, int Count, long Place)> Segments(long from, long to)
    {
        for (int index = 0; index < Count; index++)
        {
            long first = Math.Max(from, _starts[index]);
            long last = Math.Min(to, _starts[index] + (Present[index] ? Lengths[index] : 0));
            if (first < last)
            {
                yield return (index, (int)(first - _starts[index]), (int)(last - first), first);
            }
        }
    }

    /// <summary>Where each node's part of each parameter lies in what a rank receives for its share.</summary>
    public Dictionary<(int Rank, int Node, int Parameter), int> Places(long from, long to)
    {
        var places = new Dictionary<(int, int, int), int>();
        int at = 0;
        foreach (var node in Nodes.OrderBy(node => node.Rank).ThenBy(node => node.Index))
        {
            foreach (var segment in Segments(from, to).Where(segment => node.Has[segment.Index]))
            {
                places.Add((node.Rank, node.Index, segment.Index), at);
                at += segment.Count;
            }
        }

        return places;
    }

    private static IEnumerable<Node> Read(byte[] bytes, int rank, int count)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        for (int index = 0; reader.BaseStream.Position < bytes.Length; index++)
        {
            yield return new Node(
                rank, index, reader.ReadInt32(), reader.ReadInt32(),
                [.. Enumerable.Range(0, count).Select(_ => reader.ReadBoolean())]);
        }
    }

    /// <summary>A node of the tree.</summary>
    /// <param name="Rank">Who has it.</param>
    /// <param name="Index">Its number there.</param>
    /// <param name="Start">Its first micro-batch.</param>
    /// <param name="Count">How many micro-batches it sums.</param>
    /// <param name="Has">Which parameters have a gradient there.</param>
    public sealed record Node(int Rank, int Index, int Start, int Count, bool[] Has);
}
