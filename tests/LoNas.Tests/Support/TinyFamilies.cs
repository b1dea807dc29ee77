using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Tests.Support;

/// <summary>The recorded tiny models of all families with their recorded adapters and small search spaces.</summary>
internal static class TinyFamilies
{
    public static NncfConfiguration Configuration(string family) =>
        NncfConfiguration.Load(Repository.Fixture($"nncf_{family}_tiny.json"));

    public static string AdapterFolder(string family) => Repository.Fixture($"{family}-tiny-lora", "safetensors");

    /// <summary>llama or bloom with its adapter; without one where <paramref name="folder"/> names another.</summary>
    public static (ICausalModel Model, SuperAdapter Adapter) LoadCausal(
        string family, bool elastic = true, string? folder = null, ScalarType dtype = ScalarType.Float32)
    {
        folder ??= AdapterFolder(family);
        var (model, adapter) = TinyModels.LoadCausal($"{family}-tiny", PeftFolder.LoadOptions(folder), dtype);
        Finish(family, adapter, elastic, folder, headSize: 16);
        return (model, adapter);
    }

    public static (ISequenceClassifier Model, SuperAdapter Adapter) LoadBert(bool elastic = true, string? folder = null)
    {
        folder ??= AdapterFolder("bert");
        var (model, adapter) = TinyModels.LoadClassifier("bert-tiny", PeftFolder.LoadOptions(folder));
        Finish("bert", adapter, elastic, folder, headSize: 16);
        return (model, adapter);
    }

    /// <summary>A recorded sub-adapter of bloom or llama, in the order of the configuration's groups.</summary>
    public static SubAdapter SubAdapter(string family, string name)
    {
        var layers = JsonInput.Load(Repository.Fixture($"{family}-tiny-elastic", "expected.json"), "fixture")
            .GetProperty("configs").GetProperty(name).EnumerateArray().ToArray();
        return new SubAdapter([.. new[] { "attn_rank", "mlp_width", "mlp_rank" }
            .SelectMany(key => layers.Select(layer => layer.GetProperty(key).GetInt32()))]);
    }

    public static Tensor Ids() => tensor(new long[] { 5, 17, 9, 200, 31, 8, 77, 2 }).view(2, 4);

    private static void Finish(string family, SuperAdapter adapter, bool elastic, string folder, int headSize)
    {
        if (elastic)
        {
            adapter.Attach(Configuration(family).Bind(adapter.Shapes, headSize));
        }

        PeftFolder.LoadWeights(folder, adapter);
    }
}
