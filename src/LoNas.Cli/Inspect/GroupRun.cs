using System.Text.RegularExpressions;
using LoNas.Elastic;

namespace LoNas.Cli.Inspect;

/// <summary>Neighbouring groups that differ in nothing but their block: one row of a table.</summary>
/// <param name="Range">The groups' indices, such as <c>0-31</c>.</param>
/// <param name="What">What they cut, such as <c>rank of self_attn.q_proj, k_proj</c>.</param>
/// <param name="Widths">Their width list.</param>
internal sealed partial record GroupRun(string Range, string What, string Widths)
{
    public static IEnumerable<GroupRun> Of(IReadOnlyList<ElasticGroup> groups)
    {
        for (int start = 0; start < groups.Count;)
        {
            var (what, widths) = Describe(groups[start]);
            int end = start + 1;
            while (end < groups.Count && Describe(groups[end]) == (what, widths))
            {
                end++;
            }

            yield return new GroupRun(end - start == 1 ? $"{start}" : $"{start}-{end - 1}", what, widths);
            start = end;
        }
    }

    private static (string What, string Widths) Describe(ElasticGroup group)
    {
        var byParent = group.Members.Select(member => BlockPath().Replace(member.ModulePath, "")).Distinct()
            .Select(path => (Parent: path[..(path.LastIndexOf('.') + 1)], Name: path[(path.LastIndexOf('.') + 1)..]))
            .GroupBy(path => path.Parent)
            .Select(names => names.Key + string.Join(", ", names.Select(name => name.Name)));
        return ($"{(group.IsRank ? "rank" : "width")} of {string.Join("; ", byParent)}",
            string.Join(", ", group.Widths));
    }

    [GeneratedRegex(@"^.*?\.\d+\.")]
    private static partial Regex BlockPath();
}
