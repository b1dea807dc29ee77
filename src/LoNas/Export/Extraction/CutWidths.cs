using LoNas.Elastic;
using LoNas.Models;

namespace LoNas.Export.Extraction;

/// <summary>The widths that remain of a masked model by layer, in the order of its layers.</summary>
internal sealed class CutWidths
{
    private readonly Dictionary<string, int> _layerOf = [];

    private CutWidths(IReadOnlyList<long> mlp, IReadOnlyList<long> prunedHeads) =>
        (Mlp, PrunedHeads) = (mlp, prunedHeads);

    /// <summary>Features of each layer's MLP.</summary>
    public IReadOnlyList<long> Mlp { get; }

    /// <summary>Attention heads that each layer lacks; empty where the family's heads are never cut.</summary>
    public IReadOnlyList<long> PrunedHeads { get; }

    /// <summary>Whether every layer's MLP is as wide.</summary>
    public bool IsUniform => Mlp.Distinct().Count() == 1;

    public static CutWidths Of(MaskedModel model)
    {
        var config = model.Folder.Config;
        var mlp = Producers(model, CutKind.Mlp);
        var heads = Producers(model, CutKind.Heads);
        var widths = new CutWidths(
            [.. mlp.Select(entry => model.Shapes[entry.Path].Width)],
            [.. heads.Select(entry => config.HeadCount - (model.Shapes[entry.Path].Out / config.HeadSize))]);
        foreach (var (layer, entry) in mlp.Index())
        {
            widths._layerOf[entry.Found.Consumer] = layer;
            foreach (var producer in entry.Found.Producers)
            {
                widths._layerOf[producer] = layer;
            }
        }

        return widths;
    }

    /// <summary>The size of a linear when every MLP is padded to <paramref name="width"/>.</summary>
    public LinearShape Padded(string path, LinearShape shape, long width) => !_layerOf.TryGetValue(path, out int layer)
        ? shape
        : ModelFamilies.FindCut(path) is { Cut.Kind: CutKind.Mlp }
            ? shape with { Out = width * shape.Parts }
            : shape with { In = width };

    /// <summary>The first producer of each layer's cut.</summary>
    private static List<(string Path, FoundCut Found)> Producers(MaskedModel model, CutKind kind) =>
    [
        .. model.Adapter.Layers.Keys.Select(path => (Path: path, Found: ModelFamilies.FindCut(path)))
            .Where(entry => entry.Found?.Cut.Kind == kind).Select(entry => (entry.Path, entry.Found!.Value))
            .DistinctBy(entry => entry.Value),
    ];
}
