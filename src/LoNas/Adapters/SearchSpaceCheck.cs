namespace LoNas.Adapters;

/// <summary>Finds everything in which a configuration does not fit a model.</summary>
internal sealed class SearchSpaceCheck(IReadOnlyDictionary<string, LinearShape> linears, int headSize)
{
    private const string Width = "bootstrapNAS.training.elasticity.width";

    private readonly Dictionary<GroupMember, int> _owners = [];
    private readonly List<string> _errors = [];

    /// <summary>One line per error, led by its JSON path.</summary>
    public IReadOnlyList<string> Errors(NncfConfiguration configuration)
    {
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
                CheckOutputs(group);
            }
        }

        CheckDynamicInputs(configuration);
        return _errors;
    }

    private bool CheckMember(ElasticGroup group, int i)
    {
        var member = group.Members[i];
        string place = $"{Width}.overwrite_groups[{group.Index}][{i}]: group {group.Index}, {member}";
        if (!linears.TryGetValue(member.ModulePath, out var shape))
        {
            _errors.Add($"{place}: the model has no linear of this name");
            return false;
        }

        if (member.Part != AdapterPart.Base && shape.Rank == 0)
        {
            string target = member.ModulePath[(member.ModulePath.LastIndexOf('.') + 1)..];
            _errors.Add($"{place}: this linear has no adapter; add {target} to --target_modules");
            return false;
        }

        if (!_owners.TryAdd(member, group.Index))
        {
            _errors.Add($"{place}: already a member of group {_owners[member]}; list it once");
        }

        return true;
    }

    private void CheckOrder(ElasticGroup group)
    {
        for (int i = 1; i < group.Widths.Count; i++)
        {
            if (group.Widths[i] >= group.Widths[i - 1])
            {
                AddListError(group, $"{group.Widths[i]} follows {group.Widths[i - 1]}; widths must descend from the full one");
            }
        }
    }

    /// <summary>Whether all members have one kind and size; notes where they don't, or where the list starts elsewhere.</summary>
    private bool CheckSizes(ElasticGroup group)
    {
        string place = $"{Width}.overwrite_groups[{group.Index}]: group {group.Index}";
        if (group.Members.Any(member => (member.Part == AdapterPart.LoraA) != group.IsRank))
        {
            _errors.Add($"{place} mixes ranks (lora_A) with widths (base, lora_B); put them into groups of their own");
            return false;
        }

        var sizes = group.Members.Select(FullSize).ToList();
        if (sizes.Distinct().Count() > 1)
        {
            var each = group.Members.Zip(sizes, (member, size) => $"{member} {size}");
            _errors.Add($"{place} has members of differing size: {string.Join(", ", each)}; a group cuts equal ones");
            return false;
        }

        if (group.Widths[0] != sizes[0])
        {
            string kind = group.IsRank ? "rank (--lora_r)" : "width";
            AddListError(group, $"starts at {group.Widths[0]}; it must start at the full {kind} {sizes[0]} of {group.Members[0]}");
        }

        return true;
    }

    private long FullSize(GroupMember member) => member.Part == AdapterPart.LoraA
        ? linears[member.ModulePath].Rank
        : linears[member.ModulePath].Out;

    private void CheckOutputs(ElasticGroup group)
    {
        foreach (string path in group.Members.Select(member => member.ModulePath).Distinct())
        {
            RequireMember(group, path, AdapterPart.Base, "its lora_B is cut");
            if (linears[path].Rank > 0)
            {
                RequireMember(group, path, AdapterPart.LoraB, "its base is cut and it has an adapter (--target_modules)");
            }

            if (ElasticConsumers.Find(path) is var (row, parent))
            {
                CheckConsumer(group, path, row, parent);
            }
            else
            {
                _errors.Add($"{Width}.overwrite_groups[{group.Index}]: group {group.Index}, '{path}': cutting its output is "
                    + "not supported, as no linear is known that follows");
            }
        }
    }

    private void CheckConsumer(ElasticGroup group, string path, ElasticConsumer row, string parent)
    {
        foreach (string producer in row.Producers.Select(name => $"{parent}.{name}").Where(linears.ContainsKey))
        {
            RequireMember(group, producer, AdapterPart.Base, $"it feeds '{parent}.{row.Consumer}' together with '{path}'");
        }

        long? input = linears.GetValueOrDefault($"{parent}.{row.Consumer}")?.In;
        if (input != linears[path].Out)
        {
            _errors.Add($"{Width}.overwrite_groups[{group.Index}]: group {group.Index}, '{path}': its {linears[path].Out} "
                + $"outputs need '{parent}.{row.Consumer}' to follow, which {(input is null ? "is missing" : $"takes {input}")}");
        }

        foreach (int width in group.Widths.Where(width => row.CutsHeads && width % headSize != 0))
        {
            AddListError(group, $"{width} is no multiple of the head size {headSize}; only whole heads can be cut");
        }
    }

    private void RequireMember(ElasticGroup group, string path, AdapterPart part, string reason)
    {
        var member = new GroupMember(path, part);
        string error = $"{Width}.overwrite_groups[{group.Index}]: group {group.Index} lacks {member}: {reason}; add it";
        if (!group.Members.Contains(member) && !_errors.Contains(error))
        {
            _errors.Add(error);
        }
    }

    private void AddListError(ElasticGroup group, string problem)
    {
        string error = $"{Width}.overwrite_groups_widths[{group.Index}]: group {group.Index}, list {group.WidthList}: {problem}";
        if (!_errors.Contains(error))
        {
            _errors.Add(error);
        }
    }

    private void CheckDynamicInputs(NncfConfiguration configuration)
    {
        for (int i = 0; i < configuration.DynamicInputs.Count; i++)
        {
            string path = configuration.DynamicInputs[i];
            if (!linears.ContainsKey(path))
            {
                _errors.Add($"{Width}.add_dynamic_inputs[{i}]: '{path}': the model has no linear of this name");
            }
            else if (!configuration.Groups.Any(group => WidthCut.Of(group).Contains(new WidthCut(path, WidthSide.In))))
            {
                _errors.Add($"{Width}.add_dynamic_inputs[{i}]: '{path}': no group cuts what feeds this linear; remove it");
            }
        }
    }
}
