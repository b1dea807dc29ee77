using System.Text.Json;
using LoNas.Data;
using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Storage;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Support;

/// <summary>llama-tiny with its recorded adapter and the recorded batch.</summary>
internal static class TinyLora
{
    public static string Folder => Repository.Fixture("llama-tiny-lora", "safetensors");

    public static NncfConfiguration Configuration => NncfConfiguration.Load(Repository.Fixture("nncf_llama_tiny.json"));

    public static (ICausalModel Model, SuperAdapter Adapter) Load(
        bool elastic = true, ScalarType dtype = ScalarType.Float32)
    {
        var (model, adapter) = TinyModels.LoadCausal("llama-tiny", PeftFolder.LoadOptions(Folder), dtype);
        PeftFolder.LoadWeights(Folder, adapter);
        if (elastic)
        {
            adapter.Attach(Configuration.Bind(adapter.Shapes));
        }

        return (model, adapter);
    }

    /// <summary>A recorded sub-adapter, in the order of the configuration's groups.</summary>
    public static SubAdapter SubAdapter(string name)
    {
        var layers = JsonInput.Load(Repository.Fixture("llama-tiny-elastic", "expected.json"), "fixture")
            .GetProperty("configs").GetProperty(name).EnumerateArray().ToArray();
        return new SubAdapter([.. Widths("attn_rank"), .. Widths("mlp_width"), .. Widths("mlp_rank")]);

        IEnumerable<int> Widths(string key) => layers.Select(layer => layer.GetProperty(key).GetInt32());
    }

    /// <summary>The recorded rows without their left pads.</summary>
    public static IReadOnlyList<TrainingExample> Examples(SafetensorsFile file)
    {
        using var scope = NewDisposeScope();
        var (ids, labels, mask) = (file.Load("input_ids"), file.Load("labels"), file.Load("attention_mask"));
        var rows = Enumerable.Range(0, (int)ids.shape[0]);
        return [.. rows.Select(row => new TrainingExample(Real(ids, row), Real(labels, row)))];

        int[] Real(Tensor values, int row) =>
        [
            .. values[row].data<long>().ToArray().Zip(mask[row].data<long>().ToArray())
                .Where(pair => pair.Second == 1).Select(pair => (int)pair.First),
        ];
    }

    public static double[] Numbers(string file, string key) =>
        [.. JsonInput.Load(Repository.Fixture("llama-tiny-lora", file), "fixture").GetProperty(key)
            .EnumerateArray().Select((JsonElement value) => value.GetDouble())];
}
