using LoNas.Elastic;
using LoNas.Storage;

namespace LoNas.Formats.Nncf;

/// <summary>The errors of a configuration against a model: one line each, led by the JSON path, none twice.</summary>
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
