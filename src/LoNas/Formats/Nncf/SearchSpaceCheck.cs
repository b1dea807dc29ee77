using LoNas.Elastic;
using LoNas.Storage;

namespace LoNas.Formats.Nncf;

/// <summary>
/// Collects the errors of a configuration that does not fit a model: one line each, starting with the JSON path,
/// without duplicates.
/// </summary>
internal sealed class SearchSpaceErrors
{
    private const string Width = "bootstrapNAS.training.elasticity.width";

    private const int MostLines = 500;

    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public void AddMember(ElasticGroup group, int member, string problem) => Add(
        $"overwrite_groups[{group.Index}][{member}]: group {group.Index}, {group.Members[member]}: {problem}");

    public void AddGroup(ElasticGroup group, string problem) =>
        Add($"overwrite_groups[{group.Index}]: group {group.Index}{problem}");

    public void AddList(ElasticGroup group, string problem) => Add(
        $"overwrite_groups_widths[{group.Index}]: group {group.Index}, list {group.WidthList}: {problem}");

    public void AddDynamicInput(int index, string path, string problem) =>
        Add($"add_dynamic_inputs[{index}]: '{Excerpt.Of(path)}': {problem}");

    private void Add(string line)
    {
        if (_lines.Count < MostLines && !_lines.Contains($"{Width}.{line}"))
        {
            _lines.Add($"{Width}.{line}");
        }
    }
}

/// <summary>Finds all errors of a configuration that does not fit a model.</summary>
internal sealed class SearchSpaceCheck(IReadOnlyDictionary<string, LinearShape> linears, int headSize)
{
    private readonly Dictionary<GroupMember, int> _owners = [];
    private readonly SearchSpaceErrors _errors = new();

    /// <summary>The errors, one line each, starting with the JSON path.</summary>
    public IReadOnlyList<string> Errors(NncfConfiguration configuration)
    {
        var outputs = new OutputCheck(linears, headSize, _errors);
        foreach (var group in configuration.Groups)
        {
            bool areKnown = true;
            for (int i = 0; i < group.Members.Count; i++)
            {
                areKnown &= CheckMember(group, i);
            }

            CheckOrder(group);
            if (areKnown && CheckSizes(group) && !group.IsRank)
            {
                outputs.Check(group);
            }
        }

        CheckDynamicInputs(configuration);
        return _errors.Lines;
    }

    private bool CheckMember(ElasticGroup group, int i)
    {
        var member = group.Members[i];
        if (!linears.TryGetValue(member.ModulePath, out var shape))
        {
            _errors.AddMember(group, i, "the model has no linear of this name");
            return false;
        }

        if (member.Part != AdapterPart.Base && shape.Rank == 0)
        {
            string target = member.ModulePath[(member.ModulePath.LastIndexOf('.') + 1)..];
            _errors.AddMember(group, i, $"this linear has no adapter; add {target} to the target modules");
            return false;
        }

        if (!_owners.TryAdd(member, group.Index))
        {
            _errors.AddMember(group, i, $"already a member of group {_owners[member]}; list it once");
        }

        return true;
    }

    private void CheckOrder(ElasticGroup group)
    {
        // Each error shows the whole list, so a few errors of a long list are enough.
        int left = 3;
        for (int i = 1; i < group.Widths.Count && left > 0; i++)
        {
            if (group.Widths[i] >= group.Widths[i - 1])
            {
                left--;
                _errors.AddList(
                    group, $"{group.Widths[i]} follows {group.Widths[i - 1]}; widths must descend from the full one");
            }
        }
    }

    /// <summary>
    /// Whether all members have the same kind and size. Also adds an error if the list does not start at the full
    /// width.
    /// </summary>
    private bool CheckSizes(ElasticGroup group)
    {
        if (group.Members.Any(member => (member.Part == AdapterPart.LoraA) != group.IsRank))
        {
            _errors.AddGroup(
                group, " mixes ranks (lora_A) with widths (base, lora_B); put them into groups of their own");
            return false;
        }

        var sizes = group.Members.Select(FullSize).ToList();
        if (sizes.Distinct().Count() > 1)
        {
            var each = group.Members.Zip(sizes, (member, size) => $"{member} {size}");
            _errors.AddGroup(
                group, $" has members of differing size: {Excerpt.Of([.. each])}; a group cuts equal ones");
            return false;
        }

        if (group.Widths[0] != sizes[0])
        {
            string kind = group.IsRank ? "rank" : "width";
            _errors.AddList(group, $"starts at {group.Widths[0]}; it must start at the full {kind} {sizes[0]} of "
                + $"{group.Members[0]}");
        }

        return true;
    }

    private long FullSize(GroupMember member) => member.Part == AdapterPart.LoraA
        ? linears[member.ModulePath].Rank
        : linears[member.ModulePath].Width;

    private void CheckDynamicInputs(NncfConfiguration configuration)
    {
        var followers = configuration.Groups.SelectMany(WidthCut.Of)
            .Where(cut => cut.Side == WidthSide.In).Select(cut => cut.ModulePath).ToHashSet();
        for (int i = 0; i < configuration.DynamicInputs.Count; i++)
        {
            string path = configuration.DynamicInputs[i];
            if (!linears.ContainsKey(path))
            {
                _errors.AddDynamicInput(i, path, "the model has no linear of this name");
            }
            else if (!followers.Contains(path))
            {
                _errors.AddDynamicInput(i, path, "no group cuts what feeds this linear; remove it");
            }
        }
    }
}
