using System.Globalization;
using System.Text.Json;
using LoNas.Errors;
using LoNas.Storage;

namespace LoNas.Elastic;

/// <summary>A sub-adapter of a <c>pareto_front.json</c>.</summary>
/// <param name="Index">The index in the file, from 0.</param>
/// <param name="SubAdapter">The widths.</param>
/// <param name="Macs">Multiply-accumulates for one sample.</param>
/// <param name="Accuracy">
/// The fraction of right answers, or the correlation that a classifier's task is judged by; null if the search used the
/// loss.
/// </param>
/// <param name="Loss">The loss; null if the search used the accuracy.</param>
public sealed record FrontEntry(int Index, SubAdapter SubAdapter, double Macs, double? Accuracy, double? Loss);

/// <summary>A <c>pareto_front.json</c>: the results of a search, to choose a sub-adapter from.</summary>
public sealed class FrontFile
{
    /// <summary>The name that a search gives the file.</summary>
    public const string Name = "pareto_front.json";

    private const double Million = 1e6;

    /// <summary>What a search may have written as goodness, and the least that it can be.</summary>
    private static readonly (string Key, double Least)[] Metrics =
        [("accuracy", 0), ("matthews_correlation", -1), ("pearson", -1)];

    private readonly string _path;

    private FrontFile(string path, IReadOnlyList<FrontEntry> entries) => (_path, Entries) = (path, entries);

    /// <summary>The sub-adapters in the order of the file, the cheapest first.</summary>
    public IReadOnlyList<FrontEntry> Entries { get; }

    /// <summary>Reads the front of a search space.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is missing or damaged, or belongs to another search space.
    /// </exception>
    public static FrontFile Load(string path, SearchSpace space)
    {
        var json = JsonInput.Load(path, "front");
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() == 0)
        {
            throw new InvalidDataException(
                $"The front '{path}' is no list of sub-adapters; expected a pareto_front.json of a search");
        }

        return new FrontFile(
            path, [.. json.EnumerateArray().Index().Select(item => Read(item.Item, item.Index, path, space))]);
    }

    /// <summary>Checks that a file that should be a single sub-adapter is not a whole front.</summary>
    /// <exception cref="InvalidDataException">The file is a front.</exception>
    public static void RequireNone(string path)
    {
        // A name such as heuristic is not a file, even if the working folder has a file of that name.
        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && File.Exists(path)
            && JsonInput.Load(path, "sub-adapter").ValueKind == JsonValueKind.Array)
        {
            throw new InvalidDataException(
                $"'{path}' is a front; name one of its sub-adapters, such as {path}#0, or limit MACs or accuracy")
                .About(Setting.MaxMacs, Setting.MinAccuracy);
        }
    }

    /// <summary>The entry at an index.</summary>
    /// <exception cref="InvalidDataException">There is no such entry.</exception>
    public FrontEntry At(int index) => index >= 0 && index < Entries.Count
        ? Entries[index]
        : throw new InvalidDataException(
            $"The front '{_path}' has entries 0 to {Entries.Count - 1}; {index} is none of them");

    /// <summary>
    /// The cheapest entry with an accuracy of at least <paramref name="minAccuracy"/>; if that is null, the best entry
    /// with at most <paramref name="maxMacs"/>.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// No entry is within the limits, or the front has no accuracies.
    /// </exception>
    public FrontEntry Within(double? maxMacs, double? minAccuracy)
    {
        if (minAccuracy is not null && Entries.Any(entry => entry.Accuracy is null))
        {
            throw new InvalidDataException(
                $"The front '{_path}' comes from a search by loss and knows no accuracy; name one of its "
                + $"sub-adapters, such as {_path}#0, or limit its MACs").About(Setting.MaxMacs);
        }

        var fitting = Entries.Where(entry => entry.Macs <= (maxMacs ?? double.PositiveInfinity)
            && (minAccuracy is null || entry.Accuracy >= minAccuracy)).ToArray();
        return (minAccuracy is null ? fitting.MaxBy(Goodness) : fitting.MinBy(entry => entry.Macs))
            ?? throw new InvalidDataException(NoneFits(maxMacs, minAccuracy));
    }

    private static double Goodness(FrontEntry entry) => entry.Accuracy ?? -entry.Loss ?? double.NegativeInfinity;

    private static FrontEntry Read(JsonElement json, int index, string path, SearchSpace space)
    {
        var origin = $"front '{path}', entry {index},";
        json.RequireObject(origin);
        if (!json.TryGetProperty("sub_adapter", out var subAdapter) || Number(json, "macs") is not { } macs)
        {
            throw new InvalidDataException(
                $"The {origin} lacks 'sub_adapter' or 'macs'; expected a pareto_front.json of a search");
        }

        var (metric, least) = Metrics.FirstOrDefault(each => Number(json, each.Key) is not null, Metrics[0]);
        double? accuracy = Number(json, metric);
        if (macs <= 0 || accuracy < least || accuracy > 1 || Number(json, "loss") < 0)
        {
            throw new InvalidDataException(
                $"The {origin} has numbers that no search finds; expected 'macs' above 0, an 'accuracy' from 0 to 1, "
                + "or a correlation from -1, and a 'loss' of at least 0");
        }

        return new FrontEntry(
            index, space.Parse(subAdapter, origin), macs, accuracy, Number(json, "loss"));
    }

    private static double? Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && double.IsFinite(value.GetDouble()) ? value.GetDouble() : null;

    private string NoneFits(double? maxMacs, double? minAccuracy)
    {
        var wanted = string.Join(" and ", new[]
        {
            maxMacs is { } macs ? AtMost(macs) : "",
            minAccuracy is { } accuracy ? Invariant($"an accuracy of at least {accuracy:0.####}") : "",
        }.Where(text => text.Length > 0));
        var (least, largest) = (Entries.Min(entry => entry.Macs) / 1e6, Entries.Max(entry => entry.Macs) / 1e6);
        var range = Invariant($"{least:0.###} M to {largest:0.###} M MACs");
        var best = Entries.Max(entry => entry.Accuracy) is { } most
            ? Invariant($" and an accuracy of up to {most:0.####}")
            : "";
        var unit = maxMacs is > 0 and < Million
            ? Invariant($"; {maxMacs} million are {maxMacs}M or {maxMacs / 1e3:0.######}G") : "";
        return $"No entry of the front '{_path}' has {wanted}; it has {range}{best}{unit}";
    }

    /// <summary>As it was given: a number without its unit is not rounded away.</summary>
    private static string AtMost(double macs) => macs < Million
        ? Invariant($"at most {macs} MACs") : Invariant($"at most {macs / Million:0.######} M MACs");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
