using System.Globalization;

namespace LoNas.Reporting;

/// <summary>What a plot was drawn from, for its title: a plot is often looked at far from its folder.</summary>
/// <param name="Model">The base model.</param>
/// <param name="Data">The records.</param>
/// <param name="Date">The day it is drawn.</param>
public sealed record PlotSource(string Model, string Data, DateOnly Date)
{
    /// <summary>Characters of a name that fit into a title beside the rest.</summary>
    private const int Longest = 40;

    /// <summary>The source of a model and a file of records, today.</summary>
    /// <param name="model">A folder or a hub name.</param>
    /// <param name="data">A file.</param>
    /// <param name="clock">Says what day it is.</param>
    public static PlotSource Of(string model, string data, TimeProvider clock) =>
        new(Short(model), Short(data), DateOnly.FromDateTime(clock.GetLocalNow().DateTime));

    /// <summary>The title: what is shown, and below it of what.</summary>
    internal string Title(string what) =>
        $"{what}\n{Model} on {Data}, {Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}";

    /// <summary>The end of a path; of one from the root its last name, which tells nothing of a machine.</summary>
    private static string Short(string path)
    {
        var names = path.Split('/', '\\').Where(name => name is not ("" or "." or "..")).ToArray();
        var name = string.Join('/', names.TakeLast(Path.IsPathRooted(path) ? 1 : 2));
        return name.Length <= Longest ? name : $"…{name[^(Longest - 1)..]}";
    }
}
