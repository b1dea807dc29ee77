using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Models;

namespace LoNas.Formats.Nncf;

/// <summary>The groups of a model with their width lists, in the form of an NNCF configuration.</summary>
internal sealed class NncfGroups
{
    private readonly LinearLayout _layout;
    private readonly NncfRecipe _recipe;
    private readonly ModelFamily _family;
    private readonly ScopeWriter _scopes;

    public NncfGroups(LinearLayout layout, NncfRecipe recipe)
    {
        var lora = new LoraOptions { Rank = recipe.Ranks[0], TargetModules = recipe.TargetModules };
        (_layout, _recipe, _family) = (layout, recipe, ModelFamilies.Of(layout.Config));
        _scopes = new ScopeWriter(_family, AdaptedLinears.Of(layout, lora));
        foreach (var cut in _family.Cuts)
        {
            foreach (int block in Blocks)
            {
                Add(cut, block);
            }
        }
    }

    public JsonArray Members { get; } = [];

    public JsonArray Widths { get; } = [];

    /// <summary>Linears whose input follows a cut; empty for most families.</summary>
    public JsonArray DynamicInputs() => _family.Nncf!.DynamicInput is var (module, name)
        ? new JsonArray([.. Blocks
            .Select(block => (JsonNode)JsonValue.Create(_scopes.Base(block, module, name)))])
        : [];

    private IEnumerable<int> Blocks =>
        _recipe.Layers?.Distinct().Order() ?? Enumerable.Range(0, _layout.Config.LayerCount);

    private void Add(BlockCut cut, int block)
    {
        var members = cut.Kind == CutKind.Rank ? RankMembers(cut, block) : WidthMembers(cut, block);
        if (members.Length == 0)
        {
            return;
        }

        var first = _scopes.Shape(block, cut.Module, cut.Linears[0]);
        var widths = cut.Kind switch
        {
            CutKind.Rank => _recipe.Ranks,
            CutKind.Mlp => Below(first.Width, 1, _recipe.MlpWidths?[block], _recipe.MlpRatios),
            _ => Below(first.Out, _layout.Config.HeadSize, _recipe.Heads?[block], _recipe.HeadRatios),
        };
        Members.Add(new JsonArray([.. members.Select(member => (JsonNode)JsonValue.Create(member))]));
        Widths.Add(new JsonArray([.. widths.Select(width => (JsonNode)JsonValue.Create(width))]));
    }

    private string[] RankMembers(BlockCut cut, int block) =>
    [
        .. cut.Linears.Where(name => _scopes.IsAdapted(block, cut.Module, name))
            .Select(name => _scopes.Half(block, cut.Module, name, "lora_A")),
    ];

    private string[] WidthMembers(BlockCut cut, int block) =>
    [
        .. cut.Linears.SelectMany(name => _scopes.IsAdapted(block, cut.Module, name)
            ? new[] { _scopes.Base(block, cut.Module, name), _scopes.Half(block, cut.Module, name, "lora_B") }
            : [_scopes.Base(block, cut.Module, name)]),
    ];

    /// <summary>
    /// The widths in multiples of <paramref name="unit"/>, from the full one down: a given list or fractions, rounded
    /// down.
    /// </summary>
    private static int[] Below(long full, long unit, int[]? given, IReadOnlyList<double> ratios)
    {
        long units = full / unit;
        var counts = given is null
            ? ratios.Select(ratio => Math.Max(1, (long)Math.Floor(Math.Round(ratio * units, 6))))
            : given.Select(count => (long)count).Prepend(units);
        return [.. counts.Distinct().Select(count => (int)(count * unit))];
    }
}
