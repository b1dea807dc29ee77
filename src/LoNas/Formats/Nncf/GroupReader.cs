using LoNas.Elastic;
using LoNas.Storage;

namespace LoNas.Formats.Nncf;

/// <summary>Reads the elastic groups of an NNCF configuration.</summary>
internal static class GroupReader
{
    /// <summary>Reads the groups and their width lists, which are two lists of the same length in the file.</summary>
    public static IReadOnlyList<ElasticGroup> Read(ConfigurationNode width)
    {
        var groups = width["overwrite_groups"];
        var lists = width["overwrite_groups_widths"];
        var members = groups.Items().Select(ReadMembers).ToList();
        var widths = lists.Items().Select(ReadWidths).ToList();
        if (members.Count != widths.Count)
        {
            lists.AddError($"holds {widths.Count} width lists for the {members.Count} groups of overwrite_groups; "
                + "each group needs one");
        }
        else if (width.IsObject && members.Count == 0)
        {
            groups.AddError("holds no group; list the groups, as they are not derived from the model");
        }

        return [.. members.Zip(widths).Select((pair, index) => new ElasticGroup(index, pair.First, pair.Second))];
    }

    /// <summary>Reads <c>add_dynamic_inputs</c>: the module paths of the linears it names.</summary>
    public static IReadOnlyList<string> ReadDynamicInputs(ConfigurationNode list)
    {
        var paths = new List<string>();
        foreach (var item in list.Items())
        {
            if (ReadMember(item) is { } member)
            {
                paths.Add(member.ModulePath);
            }
        }

        return paths;
    }

    private static List<GroupMember> ReadMembers(ConfigurationNode group)
    {
        var items = group.Items();
        if (items.Count == 0)
        {
            group.AddError("expected an array with at least one member");
        }

        return [.. items.Select(ReadMember).OfType<GroupMember>()];
    }

    private static GroupMember? ReadMember(ConfigurationNode item)
    {
        if (item.Text() is not { } scope)
        {
            return null;
        }

        var member = NodeScope.Parse(scope, out var problem);
        if (member is null)
        {
            item.AddError(problem);
        }

        return member;
    }

    private static List<int> ReadWidths(ConfigurationNode list)
    {
        var items = list.Items();
        if (items.Count == 0)
        {
            list.AddError("expected an array with at least one width");
        }

        return [.. items.Select(item => item.Integer(1, minimum: 1))];
    }
}
