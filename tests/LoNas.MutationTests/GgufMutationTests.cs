using LoNas.Export.Gguf;
using LoNas.MutationTests.Mutations;
using TorchSharp;

namespace LoNas.MutationTests;

public sealed class GgufMutationTests : IDisposable
{
    private readonly MutationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_DamagedGguf_LoadsOrGivesOneClearError()
    {
        var path = _folder.File("gguf", "model.gguf");
        var metadata = new GgufMetadata().Add("general.architecture", "llama").Add("llama.block_count", 2L)
            .Add("a.double", 1.5).Add("a.flag", true)
            .Add("tokens", ["<unk>", "▁a", "b"]).Add("types", [1, 2, 3]).Add("scores", [0f, -1f, -2f]);
        GgufWriter.Save(
            path, metadata, [.. new[] { GgufType.F32, GgufType.F16, GgufType.BF16, GgufType.Q8_0 }.Select(Tensor)],
            null, default);
        var original = File.ReadAllBytes(path);
        int data = original.Length - 1200;
        new MutationRun("GGUF").Check(
        [
            new Sample(path, random => random.Next(4) == 0
                ? ByteMutator.Mutate(original, random)
                : ByteMutator.MutatePart(original, 0, data, random), Read),
        ]);
    }

    private static GgufTensor Tensor(GgufType type) => new(
        $"blk.0.{type}.weight", type, [4, 32], () => torch.ones(4, 32));

    private static void Read(string path)
    {
        using var file = GgufFile.Open(path);
        foreach (var name in file.Names)
        {
            using var tensor = file.Load(name);
            using var copy = tensor.clone();
            Assert.Equal(file.ShapeOf(name), copy.shape);
        }
    }
}
