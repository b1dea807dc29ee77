using System.Runtime.InteropServices;
using LoNas.Distributed;
using LoNas.Training.Optimizer;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Training.Windows;

/// <summary>
/// Sums the gradients of all ranks. Each rank adds up a part of all elements, for which the others send it their nodes
/// of the tree (<see cref="GradientTree"/>), and sends the sums to all: what a rank sends and receives is about twice
/// the gradients, as in a ring. The order of the additions is that of one process, so the bits are the same.
/// </summary>
/// <param name="ranks">The ranks of the run.</param>
/// <param name="parameters">What has gradients; all ranks have the same ones in the same order.</param>
internal sealed class GradientExchange(ICollectives ranks, IReadOnlyList<Parameter> parameters)
{
    /// <summary>Elements that are summed at a time, which bounds the memory of the exchange.</summary>
    internal int Piece { get; init; } = 1 << 22;

    private float[] _sent = [];
    private float[] _received = [];
    private float[] _shared = [];

    /// <summary>Gives every rank's parameters the sum over the whole window; the tree is used up.</summary>
    public void Sum(GradientTree tree)
    {
        if (ranks.Size == 1)
        {
            tree.Give();
            return;
        }

        using var scope = NewDisposeScope();
        var map = NodeMap.Of(ranks, tree.Parts, [.. parameters.Select(parameter => parameter.numel())]);
        Tensor?[] gradients = [.. map.Present.Select((has, index) =>
            has ? empty(parameters[index].shape, ScalarType.Float32) : null)];
        var own = tree.Release();
        Tensor?[][] nodes = [.. own.Select(part => part.Gradients.Select(each => each?.cpu()).ToArray())];
        for (long start = 0; start < map.Total; start += Piece)
        {
            SumPiece(map, nodes, start, (int)Math.Min(Piece, map.Total - start), gradients);
        }

        foreach (var part in own)
        {
            part.Dispose();
        }

        foreach (var (index, gradient) in gradients.Index().Where(each => each.Item is not null))
        {
            parameters[index].grad = gradient!.to(parameters[index].device);
        }
    }

    /// <summary>Moves all nodes to rank 0, so that it can save them; the other ranks keep none.</summary>
    public void Collect(GradientTree tree)
    {
        if (ranks.Size == 1)
        {
            return;
        }

        var map = NodeMap.Of(ranks, tree.Parts, [.. parameters.Select(parameter => parameter.numel())]);
        var own = tree.Release();
        foreach (var node in map.Nodes)
        {
            bool isMine = node.Rank == ranks.Rank;
            var part = isMine ? own[node.Index] : new PartialGradient(node.Start, node.Count, new Tensor?[map.Count]);
            if (node.Rank != 0)
            {
                Move(node, part.Gradients, isMine);
            }

            if (ranks.Rank == 0)
            {
                tree.Add(part);
            }
            else
            {
                part.Dispose();
            }
        }
    }

    /// <summary>Sends a node's gradients to rank 0, which fills its own with them.</summary>
    private void Move(NodeMap.Node node, Tensor?[] gradients, bool isMine)
    {
        using var scope = NewDisposeScope();
        var (sent, received) = (new int[ranks.Size], new int[ranks.Size]);
        foreach (var (index, parameter) in parameters.Index().Where(each => node.Has[each.Index]))
        {
            int bytes = checked((int)parameter.numel() * sizeof(float));
            if (isMine)
            {
                sent[0] = bytes;
                ranks.Exchange(gradients[index]!.cpu().bytes, sent, [], received);
            }
            else if (ranks.Rank == 0)
            {
                received[node.Rank] = bytes;
                var gradient = empty(parameter.shape, ScalarType.Float32);
                ranks.Exchange([], sent, gradient.bytes, received);
                gradients[index] = gradient.to(parameter.device).DetachFromDisposeScope();
            }
            else
            {
                ranks.Exchange([], sent, [], received);
            }
        }
    }

    private void SumPiece(NodeMap map, Tensor?[][] own, long start, int length, Tensor?[] gradients)
    {
        var (sent, received) = (new int[ranks.Size], new int[ranks.Size]);
        Pack(map, own, start, length, sent, received);
        ranks.Exchange(
            MemoryMarshal.AsBytes(_sent.AsSpan(0, sent.Sum())), Bytes(sent),
            MemoryMarshal.AsBytes(_received.AsSpan(0, received.Sum())), Bytes(received));

        var (from, to) = Share(start, length, ranks.Rank);
        Fit(ref _sent, checked((int)(to - from) * ranks.Size));
        Fit(ref _shared, length);
        AddUp(map, from, to, _sent);
        for (int rank = 0; rank < ranks.Size; rank++)
        {
            var (first, last) = Share(start, length, rank);
            (sent[rank], received[rank]) = ((int)(to - from), (int)(last - first));
            _sent.AsSpan(0, sent[rank]).CopyTo(_sent.AsSpan(rank * sent[rank]));
        }

        ranks.Exchange(
            MemoryMarshal.AsBytes(_sent.AsSpan(0, sent.Sum())), Bytes(sent),
            MemoryMarshal.AsBytes(_shared.AsSpan(0, length)), Bytes(received));
        foreach (var (index, offset, count, place) in map.Segments(start, start + length))
        {
            _shared.AsSpan((int)(place - start), count).CopyTo(CpuFloats.Of(gradients[index]!)[offset..]);
        }
    }

    /// <summary>
    /// Lays out what each rank is to add up of this rank's nodes, and counts what comes of the others'.
    /// </summary>
    private void Pack(NodeMap map, Tensor?[][] own, long start, int length, int[] sent, int[] received)
    {
        Fit(ref _sent, checked(length * own.Length));
        int at = 0;
        for (int rank = 0; rank < ranks.Size; rank++)
        {
            int before = at;
            var (from, to) = Share(start, length, rank);
            foreach (var node in own)
            {
                foreach (var (index, offset, count, _) in map.Segments(from, to))
                {
                    if (node[index] is { } gradient)
                    {
                        CpuFloats.Of(gradient).Slice(offset, count).CopyTo(_sent.AsSpan(at));
                        at += count;
                    }
                }
            }

            sent[rank] = at - before;
        }

        var (first, last) = Share(start, length, ranks.Rank);
        foreach (var node in map.Nodes)
        {
            received[node.Rank] +=
                map.Segments(first, last).Where(each => node.Has[each.Index]).Sum(each => each.Count);
        }

        Fit(ref _received, received.Sum());
    }

    /// <summary>
    /// Adds up all ranks' nodes of this rank's share, parameter by parameter, in the order of the tree.
    /// </summary>
    private void AddUp(NodeMap map, long from, long to, Span<float> sums)
    {
        var places = map.Places(from, to);
        foreach (var (index, _, count, place) in map.Segments(from, to))
        {
            var stack = new List<(int Start, int Count, int Place)>();
            foreach (var node in map.Nodes)
            {
                int at = node.Has[index] ? places[(node.Rank, node.Index, index)] : -1;
                var next = (node.Start, node.Count, Place: at);
                while (stack is [.., var left] && left.Count == next.Count && left.Start + left.Count == next.Start
                    && left.Start % (2 * left.Count) == 0)
                {
                    stack.RemoveAt(stack.Count - 1);
                    next = (left.Start, 2 * left.Count, Plus(left.Place, next.Place, count));
                }

                stack.Add(next);
            }

            int sum = stack[^1].Place;
            for (int i = stack.Count - 2; i >= 0; i--)
            {
                sum = Plus(stack[i].Place, sum, count);
            }

            _received.AsSpan(sum, count).CopyTo(sums[(int)(place - from)..]);
        }
    }

    /// <summary>Adds what was received at one place to another, and gives that place; -1 has no gradient.</summary>
    private int Plus(int left, int right, int count)
    {
        if (left < 0 || right < 0)
        {
            return Math.Max(left, right);
        }

        FloatSums.Add(_received.AsSpan(left, count), _received.AsSpan(right, count));
        return left;
    }

    /// <summary>The elements that a rank adds up.</summary>
    private (long From, long To) Share(long start, int length, int rank) =>
        (start + ((long)length * rank / ranks.Size), start + ((long)length * (rank + 1) / ranks.Size));

    private static int[] Bytes(int[] floats) => Array.ConvertAll(floats, count => checked(count * sizeof(float)));

    private static void Fit(ref float[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            buffer = new float[length];
        }
    }
}
