using System.Globalization;
using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Elastic;

/// <summary>A choice of width for every group of a search space. Two are equal if all their widths are equal.</summary>
/// <param name="Widths">The widths in rows, one per group, in the order of the groups.</param>
public sealed record SubAdapter(IReadOnlyList<int> Widths)
{
    /// <summary>Whether both choose the same widths.</summary>
    public bool Equals(SubAdapter? other) => other is not null && Widths.SequenceEqual(other.Widths);

    /// <summary>A hash of the widths.</summary>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int width in Widths)
        {
            hash.Add(width);
        }

        return hash.ToHashCode();
    }

    /// <summary>The widths, such as <c>[32, 28, 8256]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", Widths)}]";
}

/// <summary>The JSON form of a sub-adapter: <c>{"width": {"0": 6, "5": 128}}</c>, keyed by group index.</summary>
internal static class SubAdapterJson
{
    public static string Write(SubAdapter subAdapter) =>
        $"{{\"width\": {{{string.Join(", ", subAdapter.Widths.Select((width, group) => $"\"{group}\": {width}"))}}}}}";

    /// <summary>Reads a sub-adapter. Groups that are not in the JSON have the full width.</summary>
    public static SubAdapter Read(SearchSpace space, JsonElement json, string origin)
    {
        json.RequireObject(origin);
        var errors = new List<string>();
        var root = new ConfigurationNode(json, errors).Object("width");
        var widths = space.Maximal.Widths.ToArray();
        var choices = root.Required("width");
        if (choices.IsPresent && !choices.IsObject)
        {
            choices.AddError("expected an object of group index and width");
        }
        else if (choices.IsPresent)
        {
            ReadWidths(space, json.GetProperty("width"), choices, widths);
        }

        ConfigurationNode.ThrowIfAny(errors, $"The {origin} does not fit the search space");
        return new SubAdapter(widths);
    }

    private static void ReadWidths(SearchSpace space, JsonElement json, ConfigurationNode choices, int[] widths)
    {
        var seen = new HashSet<int>();
        foreach (var property in json.EnumerateObject())
        {
            var choice = choices.Member(property);
            if (!int.TryParse(property.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                || index >= widths.Length)
            {
                choice.AddError(
                    $"unknown group '{Excerpt.Of(property.Name)}'; the groups are 0 to {widths.Length - 1}");
            }
            else if (!seen.Add(index))
            {
                choice.AddError($"group {index} comes twice; keep one");
            }
            else
            {
                var group = space.Groups[index];
                bool isNumber = property.Value.ValueKind == JsonValueKind.Number;
                if (isNumber && property.Value.TryGetInt32(out int width) && group.Widths.Contains(width))
                {
                    widths[index] = width;
                }
                else
                {
                    choice.AddError($"width {Excerpt.Of(property.Value)} of group {index}, {group.Members[0]}, "
                        + $"is not in its list {group.WidthList}; choose one of these or edit overwrite_groups_widths");
                }
            }
        }
    }
}
