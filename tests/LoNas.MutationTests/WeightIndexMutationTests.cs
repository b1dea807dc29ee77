using LoNas.MutationTests.Mutations;
using LoNas.Tests.Support;
using LoNas.Weights;

namespace LoNas.MutationTests;

public sealed class WeightIndexMutationTests : IDisposable
{
    private readonly MutationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_DamagedIndex_LoadsOrGivesOneClearError() => new MutationRun("weight indexes").Check(
    [
        Sample("llama-gqa-tiny", "model.safetensors.index.json", "*.safetensors"),
        Sample("llama-tiny-sharded-bin", "pytorch_model.bin.index.json", "*.bin"),
    ]);

    private Sample Sample(string fixture, string index, string shards)
    {
        foreach (var shard in Directory.EnumerateFiles(Repository.Fixture(fixture), shards))
        {
            File.Copy(shard, _folder.File(fixture, Path.GetFileName(shard)));
        }

        var json = new JsonMutator(File.ReadAllBytes(Repository.Fixture(fixture, index)));
        return new(
            _folder.File(fixture, index), json.Mutate,
            path => WeightFolder.Open(Path.GetDirectoryName(path)!).Dispose());
    }
}
