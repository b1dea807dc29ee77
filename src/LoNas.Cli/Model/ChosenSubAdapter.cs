using System.Globalization;
using LoNas.Cli.Search;
using LoNas.Elastic;

namespace LoNas.Cli.Model;

/// <summary>The sub-adapter that <c>--sub_adapter</c>, <c>--max_macs</c> and <c>--min_accuracy</c> chose.</summary>
/// <param name="Name">How results call it: maximal, heuristic, minimal or the file's name, with its place in a front.</param>
/// <param name="SubAdapter">Its widths.</param>
internal sealed record ChosenSubAdapter(string Name, SubAdapter SubAdapter)
{
    /// <summary>The choice, by default the heuristic one as the reference tests; null for plain LoRA and base models.</summary>
    /// <exception cref="ArgumentException">A sub-adapter was named and there is no configuration to cut by.</exception>
    /// <exception cref="InvalidDataException">A file is wrong, or no entry of a front is within the limits.</exception>
    public static ChosenSubAdapter? Of(ModelSession session, string? asked, FrontLimits? limits = null)
    {
        bool isLimited = limits?.IsSet == true;
        if (session.Adapter.Space is not { } space)
        {
            return asked is null && !isLimited
                ? null
                : throw new ArgumentException(
                    $"{(isLimited ? "--max_macs and --min_accuracy need" : "--sub_adapter needs")} --nncf_config, which says what can be cut");
        }

        if (isLimited)
        {
            var path = asked ?? Path.Combine(session.AdapterFolder ?? ".", SearchFiles.Front);
            return OfEntry(path, FrontFile.Load(path, space).Within(limits!.MaxMacs, limits.MinAccuracy));
        }

        if (SubAdapterName.FrontEntry(asked) is { } place)
        {
            return OfEntry(place.Path, FrontFile.Load(place.Path, space).At(place.Index));
        }

        var name = asked ?? SubAdapterName.Heuristic;
        FrontFile.RequireNone(name);
        return new ChosenSubAdapter(Path.GetFileNameWithoutExtension(name), space.Named(name));
    }

    private static ChosenSubAdapter OfEntry(string path, FrontEntry entry) => new(
        string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(path)}_{entry.Index}"), entry.SubAdapter);
}
