using System.Text.Json.Nodes;
using LoNas.Models;
using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Export.Extraction;

/// <summary>The config.json of a model whose layers were cut.</summary>
internal static class ExtractedConfig
{
    private const string FileName = "config.json";
    private const string PerLayer = "intermediate_sizes";
    private const string Overrides = "per_layer_config";
    private const string PrunedHeads = "pruned_heads";
    private const string Names = "id2label";

    /// <summary>Writes it.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="model">The masked model.</param>
    /// <param name="mlp">The written width of each layer's MLP.</param>
    /// <param name="dtype">The written element type.</param>
    public static void Save(string folder, MaskedModel model, IReadOnlyList<long> mlp, ScalarType dtype) =>
        JsonOutput.Save(Path.Combine(folder, FileName), Of(model, mlp, dtype));

    /// <summary>The source's configuration with the new widths and element type; all other keys stay.</summary>
    /// <param name="model">The masked model.</param>
    /// <param name="mlp">The width of each layer's MLP.</param>
    /// <param name="dtype">The element type.</param>
    public static JsonObject Of(MaskedModel model, IReadOnlyList<long> mlp, ScalarType dtype)
    {
        var source = JsonInput.Load(Path.Combine(model.Folder.Path, FileName), "model configuration");
        var json = ModelFamilies.PartOf(source).ToNode()!.AsObject();
        json["torch_dtype"] = ElementTypes.NameOf(dtype);
        json.Remove("dtype");
        json.Remove(PerLayer);
        json.Remove(Overrides);
        bool isUniform = mlp.Distinct().Count() == 1;
        bool hasKey = model.Folder.Family.HasMlpKey;
        if (hasKey)
        {
            json[model.Folder.Family.MlpKey] = mlp.Max();
        }

        if (hasKey ? !isUniform : mlp.Any(width => width != 4 * model.Folder.Config.HiddenSize))
        {
            json[PerLayer] = new JsonArray([.. mlp.Select(width => (JsonNode)JsonValue.Create(width))]);
        }

        if (hasKey && !isUniform)
        {
            json[Overrides] = OverridesOf(model.Folder.Family.MlpKey, mlp);
        }

        var heads = CutWidths.Of(model).PrunedHeads;
        if (heads.Any(pruned => pruned > 0))
        {
            json[PrunedHeads] = Pruned(heads, model.Folder.Config.HeadCount);
        }

        if (model.Folder.IsClassifier)
        {
            Label(json, model);
        }

        return json;
    }

    /// <summary>
    /// What each layer has otherwise than the model as a whole, as Transformers records it since version 5.
    /// </summary>
    private static JsonObject OverridesOf(string key, IReadOnlyList<long> mlp) => new(mlp.Index()
        .Where(layer => layer.Item != mlp.Max())
        .Select(layer => KeyValuePair.Create(
            $"{layer.Index}", (JsonNode?)new JsonObject { [key] = layer.Item })));

    /// <summary>What the labels are, which the base's configuration does not know if they were trained.</summary>
    private static void Label(JsonObject json, MaskedModel model)
    {
        int count = model.Folder.LabelCount;
        var names = model.LabelNames?.Count == count ? model.LabelNames
            : json[Names] is JsonObject own && own.Count == count ? null
            : [.. Enumerable.Range(0, count).Select(index => $"LABEL_{index}")];
        if (names is not null)
        {
            json[Names] = new JsonObject(names.Index().Select(
                name => KeyValuePair.Create($"{name.Index}", (JsonNode?)JsonValue.Create(name.Item))));
            json["label2id"] = new JsonObject(names.Index().DistinctBy(name => name.Item).Select(
                name => KeyValuePair.Create(name.Item, (JsonNode?)JsonValue.Create(name.Index))));
        }

        if (json.ContainsKey("num_labels"))
        {
            json["num_labels"] = count;
        }

        if (model.Adapter.Options?.TrainsInFull(model.Folder.Head.Path) == true)
        {
            json["problem_type"] = model.Folder.ProblemType
                ?? (count == 1 ? ProblemTypes.Regression : ProblemTypes.SingleLabel);
        }

        if (model.Folder.Family.Architecture is { } architecture)
        {
            json["architectures"] = new JsonArray(architecture);
        }
    }

    /// <summary>The last heads of each layer that lacks some.</summary>
    private static JsonObject Pruned(IReadOnlyList<long> heads, long all) => new(heads.Index()
        .Where(layer => layer.Item > 0)
        .Select(layer => KeyValuePair.Create($"{layer.Index}", (JsonNode?)new JsonArray(
            [.. Enumerable.Range((int)(all - layer.Item), (int)layer.Item)
                .Select(head => (JsonNode)JsonValue.Create(head))]))));
}
