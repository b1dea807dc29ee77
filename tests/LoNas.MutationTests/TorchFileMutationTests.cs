using LoNas.MutationTests.Mutations;
using LoNas.Tests.Support;
using LoNas.Weights;

namespace LoNas.MutationTests;

public sealed class TorchFileMutationTests : IDisposable
{
    private static readonly byte[] Pickle = new PickleWriter().Op('}').Op('(')
        .Text("a").Tensor("0", "FloatStorage", 12, 0, [2, 3], [3, 1])
        .Text("b").Tensor("0", "FloatStorage", 12, 6, [3, 2], [1, 3]).Op((byte)'q', 1)
        .Op('u').End();

    private readonly MutationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_DamagedTorchFile_LoadsOrGivesOneClearError()
    {
        var adapter = File.ReadAllBytes(Repository.Fixture("bert-tiny-lora", "bin", "adapter_model.bin"));
        var data = new byte[48];
        new MutationRun("PyTorch files").Check(
        [
            Sample("pickle", random => ZipMutator.Wrap(PickleMutator.Mutate(Pickle, random), data, random)),
            Sample("zip", random => ZipMutator.Wrap(Pickle, data, random)),
            Sample("pickle", random => ZipMutator.Wrap(PickleMutator.Mutate(Pickle, random), data, random)),
            Sample("adapter", random => random.Next(3) switch
            {
                0 => ByteMutator.MutatePart(adapter, 0, 4000, random),
                1 => ZipMutator.DamageRecords(adapter, random),
                _ => ByteMutator.Mutate(adapter, random),
            }),
        ]);
    }

    private Sample Sample(string name, Func<Random, byte[]> make) =>
        new(_folder.File(name, "pytorch_model.bin"), make, Read);

    private static void Read(string path)
    {
        using var file = TorchFile.Open(path);
        WeightReading.ReadAll(file, new FileInfo(path).Length);
    }
}
