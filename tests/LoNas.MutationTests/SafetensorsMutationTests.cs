using System.Buffers.Binary;
using System.Text;
using LoNas.MutationTests.Mutations;
using LoNas.Tests.Support;
using LoNas.Weights;

namespace LoNas.MutationTests;

public sealed class SafetensorsMutationTests : IDisposable
{
    private const string AllTypes = """
        {"__metadata__":{"format":"pt"},
         "a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}, "b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]},
         "c":{"dtype":"I64","shape":[1,1,2],"data_offsets":[32,48]}, "d":{"dtype":"U8","shape":[3],"data_offsets":[48,51]},
         "e":{"dtype":"F16","shape":[],"data_offsets":[51,53]}, "f":{"dtype":"F64","shape":[0,7],"data_offsets":[53,53]}}
        """;

    private readonly MutationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_DamagedSafetensors_LoadsOrGivesOneClearError()
    {
        var adapter = File.ReadAllBytes(
            Repository.Fixture("bert-tiny-lora", "safetensors", "adapter_model.safetensors"));
        new MutationRun("safetensors").Check(
        [
            Sample("types", Join(AllTypes, new byte[53])),
            Sample("adapter", adapter),
            Sample("types", Join(AllTypes, new byte[53])),
        ]);
    }

    private Sample Sample(string name, byte[] original)
    {
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(original);
        var json = new JsonMutator(original[8..(8 + header)]);
        return new(_folder.File(name, "model.safetensors"), random => Damaged(original, header, json, random), Read);
    }

    private static void Read(string path)
    {
        using var file = SafetensorsFile.Open(path);
        long length = new FileInfo(path).Length;
        WeightReading.ReadAll(file, length);
        // Whatever was opened has no hole: its tensors fill the data.
        long filled = file.Names.Sum(name => file.ShapeOf(name).Aggregate(1L, (product, size) => product * size)
            * SafetensorsTypes.SizeOf(file.TypeOf(name)));
        var start = new byte[8];
        using var stream = File.OpenRead(path);
        stream.ReadExactly(start);
        if (8 + BinaryPrimitives.ReadInt64LittleEndian(start) + filled != length)
        {
            throw new InvalidOperationException($"The tensors have {filled} bytes of a file of {length}");
        }
    }

    /// <summary>
    /// Damages the JSON and keeps its length field consistent, or changes any bytes, mostly in the header.
    /// </summary>
    private static byte[] Damaged(byte[] original, int header, JsonMutator json, Random random) => random.Next(9) switch
    {
        0 => ByteMutator.Mutate(original, random),
        1 => ByteMutator.MutatePart(original, 0, 8, random),
        8 => WithHole(original, header, random),
        2 or 3 => ByteMutator.MutatePart(original, 8, header, random),
        _ => Join(json.Mutate(random), original[(8 + header)..]),
    };

    /// <summary>Bytes added to the data or taken away, at any place.</summary>
    private static byte[] WithHole(byte[] original, int header, Random random)
    {
        int at = random.Next(8 + header, original.Length + 1);
        int taken = random.Next(2) == 0 ? 0 : random.Next(Math.Min(9, original.Length - at + 1));
        return [.. original[..at], .. new byte[taken == 0 ? random.Next(1, 9) : 0], .. original[(at + taken)..]];
    }

    private static byte[] Join(string json, byte[] data) => Join(Encoding.UTF8.GetBytes(json), data);

    private static byte[] Join(byte[] json, byte[] data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        return [.. length, .. json, .. data];
    }
}
