using LoNas.Models;
using LoNas.Models.Attention;
using LoNas.Runtime;

namespace LoNas.Generation;

/// <summary>
/// Places the new tokens of a step in the cache: a slot for each, and a mask of the slots that it looks at.
/// </summary>
internal static class StepPlaces
{
    /// <summary>Rows that attend together, over as many slots as the longest of them has.</summary>
    private const int RowsOfPart = 16;

    /// <summary>Gives every new token its slot, and says what it looks at.</summary>
    /// <param name="active">The rows that take part, from the first on.</param>
    /// <param name="width">Sequences of a row.</param>
    /// <param name="cache">Where the slots are; it grows where they don't suffice.</param>
    /// <param name="model">Whose cache it is.</param>
    public static CacheStep Take(List<PromptRow> active, int width, KvCache cache, ICausalModel model)
    {
        var device = model.Device;
        var slots = active.Select(row => row.Slots.Take()).ToArray();
        int seen = active.Max(row => row.Slots.Width);
        cache.Reserve(seen);
        var visible = new bool[active.Count * width * seen];
        var keys = new long[active.Count * seen];
        var queries = new long[active.Count * width];
        for (int row = 0; row < active.Count; row++)
        {
            var rowSlots = active[row].Slots;
            rowSlots.Mark(visible.AsSpan(row * width * seen, width * seen), seen);
            for (int slot = 0; slot < rowSlots.Width; slot++)
            {
                keys[(row * seen) + slot] = rowSlots.Positions[slot];
            }

            queries.AsSpan(row * width, width).Fill(rowSlots.Position);
        }

        return new CacheStep
        {
            Scatter = DeviceTensors.Of(Targets(slots, model.CacheShape.Heads, cache.Capacity), device),
            QueryPositions = DeviceTensors.Of(queries, device).view(active.Count, width),
            KeyPositions = DeviceTensors.Of(keys, device).view(active.Count, seen),
            Allowed = DeviceTensors.Of(visible, device).view(active.Count, width, seen),
            // A GPU takes all rows at once: parts would be more launches, and launches are what short steps wait for.
            Parts = device.type != TorchSharp.DeviceType.CPU ? [] : [.. active.Chunk(RowsOfPart).Select((rows, part) =>
                new CachePart(part * RowsOfPart, rows.Length, rows.Max(row => row.Slots.Width)))],
            Lengths = [.. active.Select(row => row.Slots.Position + 1L)],
            End = active.Max(row => row.Slots.Position) + 1,
        };
    }

    /// <summary>Places the tokens of a row's slots where they are, in a sequence that is one token longer.</summary>
    /// <param name="row">The row.</param>
    /// <param name="index">Its index in the cache.</param>
    /// <param name="model">Whose cache it is.</param>
    public static CacheStep Again(PromptRow row, int index, ICausalModel model)
    {
        long[] positions = [.. row.Slots.Positions.Select(position => (long)position)];
        return new CacheStep
        {
            QueryPositions = DeviceTensors.Of(positions, model.Device).unsqueeze(0),
            KeyPositions = DeviceTensors.Of(positions, model.Device).unsqueeze(0),
            Allowed = DeviceTensors.Of(row.Slots.Past(), model.Device).view(1, positions.Length, positions.Length),
            Lengths = [row.Slots.Position + 2],
            End = positions.Max() + 1,
            FirstRow = index,
        };
    }

    /// <summary>Each token's place in the buffer's rows of D, in the order of the keys, [B * H * K] int64.</summary>
    private static long[] Targets(int[][] slots, long heads, long capacity)
    {
        var targets = new long[slots.Sum(row => row.Length) * heads];
        int next = 0;
        for (long row = 0; row < slots.Length; row++)
        {
            for (long head = 0; head < heads; head++)
            {
                foreach (int slot in slots[row])
                {
                    targets[next++] = (((row * heads) + head) * capacity) + slot;
                }
            }
        }

        return targets;
    }
}
