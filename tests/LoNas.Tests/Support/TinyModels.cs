using LoNas.Elastic;
using LoNas.Models;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Tests.Support;

/// <summary>The recorded tiny models, built as the program builds real ones.</summary>
internal static class TinyModels
{
    public static (ICausalModel Model, SuperAdapter Adapter) LoadCausal(
        string name, LoraOptions? lora = null, ScalarType dtype = ScalarType.Float32, long seed = 1)
    {
        var adapter = new SuperAdapter(lora, new SeededRandom(seed));
        var path = Path.IsPathRooted(name) ? name : Repository.Fixture(name);
        return (ModelFolder.Open(path).Build(dtype, adapter.Linears), adapter);
    }

    public static (ISequenceClassifier Model, SuperAdapter Adapter) LoadClassifier(
        string name, LoraOptions? lora = null)
    {
        var adapter = new SuperAdapter(lora, new SeededRandom(1));
        var folder = ModelFolder.Open(Repository.Fixture(name));
        return (folder.BuildClassifier(ScalarType.Float32, adapter.Linears), adapter);
    }
}
