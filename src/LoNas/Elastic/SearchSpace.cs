using System.Runtime.InteropServices;
using System.Text.Json;
using LoNas.Runtime;
using LoNas.Storage;

namespace LoNas.Elastic;

/// <summary>The elastic groups of a model, which define all sub-adapters that it can be cut to.</summary>
public sealed class SearchSpace
{
    private readonly Dictionary<string, LinearShape> _linears;
    private readonly WidthCut[][] _cuts;

    /// <summary>Makes a space from groups that were checked against the model.</summary>
    /// <param name="groups">The groups, in the order of the widths of a sub-adapter.</param>
    /// <param name="linears">The model's linears at full size, by checkpoint path.</param>
    /// <param name="headSize">Features of an attention head; cuts of attention keep whole heads.</param>
    internal SearchSpace(
        IReadOnlyList<ElasticGroup> groups, IReadOnlyDictionary<string, LinearShape> linears, int headSize)
    {
        HeadSize = headSize;
        Groups = groups;
        _linears = new Dictionary<string, LinearShape>(linears);
        _cuts = [.. groups.Select(WidthCut.Of)];
        Maximal = Choose(group => group.Widths[0]);
        Heuristic = Choose(group => group.Widths[(group.Widths.Count - 1) / 2]);
        Minimal = Choose(group => group.Widths[^1]);
    }

    /// <summary>The groups. The widths of a sub-adapter are in this order.</summary>
    public IReadOnlyList<ElasticGroup> Groups { get; }

    /// <summary>The model's linears at full size, by checkpoint path.</summary>
    public IReadOnlyDictionary<string, LinearShape> Linears => _linears;

    /// <summary>Features of an attention head.</summary>
    public int HeadSize { get; }

    /// <summary>Every group at its full width.</summary>
    public SubAdapter Maximal { get; }

    /// <summary>
    /// Every group at the middle of its list w, <c>w[(len - 1) / 2]</c>: the reference's choice without a search.
    /// </summary>
    public SubAdapter Heuristic { get; }

    /// <summary>Every group at its smallest width.</summary>
    public SubAdapter Minimal { get; }

    /// <summary>A random sub-adapter.</summary>
    /// <param name="random">The generator, which draws once per group in the order of the groups.</param>
    /// <param name="widthIndicator">Each group draws uniformly from this many first entries of its list.</param>
    public SubAdapter Random(SeededRandom random, int widthIndicator) =>
        Choose(group => group.Widths[random.Next(Math.Min(widthIndicator, group.Widths.Count))]);

    /// <summary>
    /// The active shape of every linear of the model with a sub-adapter of this space: it cuts the ranks and outputs of
    /// the members of the groups, and the inputs of linears that follow them. Linears that no group cuts keep their
    /// full shape.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// A width is not in the list of its group, or the number of widths is wrong.
    /// </exception>
    public IReadOnlyDictionary<string, LinearShape> ActiveShapes(SubAdapter subAdapter)
    {
        Require(subAdapter);
        var shapes = new Dictionary<string, LinearShape>(_linears);
        for (int group = 0; group < _cuts.Length; group++)
        {
            int width = subAdapter.Widths[group];
            if (width == Groups[group].Widths[0])
            {
                continue;
            }

            foreach (var cut in _cuts[group])
            {
                ref var shape = ref CollectionsMarshal.GetValueRefOrNullRef(shapes, cut.ModulePath);
                shape = cut.Apply(shape, width);
            }
        }

        return shapes;
    }

    /// <summary>The sub-adapter "maximal", "heuristic" or "minimal", or one from a JSON file.</summary>
    /// <exception cref="InvalidDataException">
    /// The name is none of these and not a file, or the file is invalid.
    /// </exception>
    public SubAdapter Named(string nameOrPath) => nameOrPath switch
    {
        "maximal" => Maximal,
        "heuristic" => Heuristic,
        "minimal" => Minimal,
        _ when Path.Exists(nameOrPath) => Load(nameOrPath),
        _ => throw new InvalidDataException(
            $"The sub-adapter '{nameOrPath}' is neither maximal, heuristic or minimal nor an existing file"),
    };

    /// <summary>
    /// Reads a sub-adapter file such as <c>{"width": {"0": 6}}</c>. Groups that are not in it have the full width.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// The file is missing or not JSON, or has an unknown group or width.
    /// </exception>
    public SubAdapter Load(string path) => Parse(JsonInput.Load(path, "sub-adapter"), $"sub-adapter '{path}'");

    /// <summary>Reads a sub-adapter from JSON; <paramref name="origin"/> names it in errors.</summary>
    /// <exception cref="InvalidDataException">
    /// It has unknown groups or widths; the message lists all errors.
    /// </exception>
    public SubAdapter Parse(JsonElement json, string origin) => SubAdapterJson.Read(this, json, origin);

    /// <summary>A sub-adapter of this space as one line of JSON, which <see cref="Parse"/> can read.</summary>
    public string ToJson(SubAdapter subAdapter) => SubAdapterJson.Write(subAdapter);

    private void Require(SubAdapter subAdapter)
    {
        if (subAdapter.Widths.Count != Groups.Count)
        {
            throw new ArgumentException(
                $"The sub-adapter has {subAdapter.Widths.Count} widths for the {Groups.Count} groups of "
                + "the search space");
        }

        foreach (var group in Groups)
        {
            if (!group.Widths.Contains(subAdapter.Widths[group.Index]))
            {
                throw new ArgumentException($"Width {subAdapter.Widths[group.Index]} of group {group.Index}, "
                    + $"{group.Members[0]}, is not in its list {group.WidthList}; choose one of these");
            }
        }
    }

    private SubAdapter Choose(Func<ElasticGroup, int> width) => new([.. Groups.Select(width)]);
}
