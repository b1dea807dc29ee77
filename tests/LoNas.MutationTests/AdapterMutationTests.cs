using System.Buffers.Binary;
using LoNas.Formats.Peft;
using LoNas.MutationTests.Mutations;
using LoNas.Tests.Support;
using static TorchSharp.torch;

namespace LoNas.MutationTests;

/// <summary>Adapters whose numbers were changed: what is loaded is finite, and the rest is refused.</summary>
public sealed class AdapterMutationTests : IDisposable
{
    private static readonly float[] Edges =
        [float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon, -0f, 0, 1];

    private readonly MutationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void LoadWeights_ChangedNumbers_AreFiniteOrRefused()
    {
        using var scope = NewDisposeScope();
        var (_, adapter) = TinyLora.Load(elastic: false);
        var original = File.ReadAllBytes(Path.Combine(TinyLora.Folder, PeftFolder.WeightsFile));
        int data = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(original);
        new MutationRun("adapters").Check(
        [
            new Sample(
                _folder.File("adapter", PeftFolder.WeightsFile), random => Damaged(original, data, random), Read),
        ]);

        void Read(string path)
        {
            PeftFolder.LoadWeights(Path.GetDirectoryName(path)!, adapter);
            using var inner = NewDisposeScope();
            if (adapter.Parameters.FirstOrDefault(
                named => !named.Parameter.isfinite().all().item<bool>()).Name is { } name)
            {
                throw new InvalidOperationException($"{name} is not finite");
            }
        }
    }

    private static byte[] Damaged(byte[] original, int data, Random random)
    {
        var damaged = original.ToArray();
        for (int count = random.Next(1, 4); count > 0; count--)
        {
            int at = data + (random.Next((original.Length - data) / sizeof(float)) * sizeof(float));
            BinaryPrimitives.WriteSingleLittleEndian(damaged.AsSpan(at), random.Next(2) == 0
                ? Edges[random.Next(Edges.Length)]
                : BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)));
        }

        return damaged;
    }
}
