using System.Globalization;
using LoNas.Elastic;
using LoNas.Errors;

namespace LoNas;

/// <summary>Which sub-adapter of a search space is meant, in the words that people use.</summary>
/// <param name="Name">
/// <see cref="Maximal"/>, <see cref="Heuristic"/>, <see cref="Minimal"/>, a JSON file, or an entry of a front such as
/// <c>pareto_front.json#3</c>; with a limit a front, where null is the adapter's own; without, null is <see
/// cref="Default"/>.
/// </param>
public sealed record SubAdapterChoice(string? Name)
{
    /// <summary>Every group at its full width.</summary>
    public const string Maximal = "maximal";

    /// <summary>Every group at the middle of its list: what the reference tests without a search.</summary>
    public const string Heuristic = "heuristic";

    /// <summary>Every group at its smallest width.</summary>
    public const string Minimal = "minimal";

    private const string FileEnd = ".json";

    /// <summary>
    /// What is taken where <see cref="Name"/> is null and there is a search space: the heuristic one by default, as the
    /// reference does.
    /// </summary>
    public string Default { get; init; } = Heuristic;

    /// <summary>Most MACs of a sample: the best entry of the front up to them; null is no limit.</summary>
    public double? MaxMacs { get; init; }

    /// <summary>
    /// Least validation accuracy, 0 to 1: the cheapest entry of the front from there; null is no limit.
    /// </summary>
    public double? MinAccuracy { get; init; }

    /// <summary>Whether a front is chosen from by a limit.</summary>
    public bool IsLimited => MaxMacs is not null || MinAccuracy is not null;

    /// <summary>The file that is read, of a front's entry the front; null where none is named.</summary>
    public string? File => FrontEntry(Name)?.Path ?? (Name is not null && IsFile(Name) ? Name : null);

    /// <summary>
    /// Whether a name can be meant: a known one, a JSON file or an entry of one, which need not exist.
    /// </summary>
    public static bool IsName(string name) =>
        name is Maximal or Heuristic or Minimal || IsFile(name) || FrontEntry(name) is not null;

    /// <summary>Whether a name can be a file's.</summary>
    public static bool IsFile(string name) => name.EndsWith(FileEnd, StringComparison.OrdinalIgnoreCase);

    /// <summary>Finds the sub-adapter.</summary>
    /// <param name="space">What can be cut; null where nothing can.</param>
    /// <param name="adapterFolder">
    /// The adapter's folder, where its own front is looked for; null for a new adapter.
    /// </param>
    /// <returns>The sub-adapter; null where nothing is asked for and nothing can be cut.</returns>
    /// <exception cref="ArgumentException">A sub-adapter is asked for and there is no search space.</exception>
    /// <exception cref="InvalidDataException">A file is wrong, or no entry of a front is within the limits.</exception>
    public ChosenSubAdapter? Find(SearchSpace? space, string? adapterFolder)
    {
        if (space is null)
        {
            return Name is null && !IsLimited
                ? null
                : throw new ArgumentException(
                    "A sub-adapter needs the NNCF configuration, which says what can be cut; give it, or choose "
                    + "no sub-adapter")
                    .About(Setting.Configuration);
        }

        if (IsLimited)
        {
            var front = Name ?? Path.Combine(adapterFolder ?? ".", FrontFile.Name);
            return OfEntry(front, FrontFile.Load(front, space).Within(MaxMacs, MinAccuracy));
        }

        if (FrontEntry(Name) is { } place)
        {
            return OfEntry(place.Path, FrontFile.Load(place.Path, space).At(place.Index));
        }

        var name = Name ?? Default;
        FrontFile.RequireNone(name);
        return new ChosenSubAdapter(Path.GetFileNameWithoutExtension(name), space.Named(name));
    }

    private static ChosenSubAdapter OfEntry(string path, FrontEntry entry) => new(
        string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(path)}_{entry.Index}"),
        entry.SubAdapter);

    /// <summary>The file and place that a name such as <c>pareto_front.json#3</c> means; null for any other.</summary>
    private static (string Path, int Index)? FrontEntry(string? name)
    {
        int sign = name?.LastIndexOf('#') ?? -1;
        return sign > 0 && IsFile(name![..sign])
            && int.TryParse(name[(sign + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? (name[..sign], index)
            : null;
    }
}

/// <summary>A sub-adapter with the name that results call it by.</summary>
/// <param name="Name">maximal, heuristic, minimal, or the file's name, with its place in a front.</param>
/// <param name="SubAdapter">Its widths.</param>
public sealed record ChosenSubAdapter(string Name, SubAdapter SubAdapter);
