using LoNas.Elastic;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Models;

/// <summary>A real trained model, where it is beside the repository, in every format and type of weights.</summary>
public sealed class StoriesFormatTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Original => SharedData.Path("models", "stories260K");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Generate_ThroughPyTorchFiles_PrintsTheGoldenText(int shards)
    {
        Convert(ScalarType.Float32, shards);

        var run = CliRun.Of(
            "generate", "--model_name_or_path", _folder.Root, "--prompt", "", "--max_new_tokens", "200",
            "--num_beams", "1",
            "--raw", "--threads", "1");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(File.ReadAllText(Path.Combine(Original, "golden_greedy_200.txt")), run.Output);
    }

    /// <summary>
    /// Difference relative to the largest logit: half precision keeps 3 digits of it, not of the small ones.
    /// </summary>
    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void HiddenStates_HalfPrecisionFiles_StayWithinTwoPercentOfFloat32(ScalarType type)
    {
        using var scope = NewDisposeScope();
        Convert(type, shards: 1);
        using var frozen = no_grad();
        var ids = tensor(new long[] { 1, 403, 407, 261, 378, 100, 55, 301, 12, 9, 288, 430 }).view(1, -1);

        var expected = Logits(Original, ScalarType.Float32, ids);
        var actual = Logits(_folder.Root, type, ids);

        Assert.Equal(type, actual.dtype);
        var largest = expected.abs().max();
        var name = type == ScalarType.BFloat16 ? "bfloat16" : "float16";
        Close.Recorded(
            $"stories260K logits, stored and computed in {name}, of the largest", expected / largest,
            actual / largest, 2e-2);
    }

    private static Tensor Logits(string folder, ScalarType type, Tensor ids)
    {
        using var adapter = new SuperAdapter(null, new SeededRandom(1));
        var model = ModelFolder.Open(folder).Build(type, adapter.Linears);
        return model.Logits(model.HiddenStates(ids));
    }

    /// <summary>The model as pytorch_model.bin, in one file or in shards with their index.</summary>
    private void Convert(ScalarType type, int shards)
    {
        using var scope = NewDisposeScope();
        foreach (var name in new[]
        {
            "config.json", "tokenizer.model", "tokenizer_config.json", "generation_config.json",
        })
        {
            if (Path.Combine(Original, name) is var file && File.Exists(file))
            {
                File.Copy(file, _folder.Path(name));
            }
        }

        using var weights = WeightFolder.Open(Original);
        var tensors = weights.Names.Select(name => (name, weights.Load(name).to(type))).ToArray();
        if (shards == 1)
        {
            TorchFileWriter.Save(_folder.Path("pytorch_model.bin"), tensors);
            return;
        }

        var map = new Dictionary<string, string>();
        foreach (var (part, index) in tensors.Chunk((tensors.Length / shards) + 1)
            .Select((part, index) => (part, index)))
        {
            var shard = $"pytorch_model-{index + 1:00000}-of-{shards:00000}.bin";
            TorchFileWriter.Save(_folder.Path(shard), part);
            Array.ForEach(part, tensor => map.Add(tensor.name, shard));
        }

        JsonOutput.Save(_folder.Path("pytorch_model.bin.index.json"), new { weight_map = map });
    }
}
