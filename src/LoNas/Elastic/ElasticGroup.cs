using LoNas.Storage;

namespace LoNas.Elastic;

/// <summary>A set of weights that share one width variable: they are cut together.</summary>
/// <param name="Index">The group's place in the configuration, from 0; sub-adapter files are keyed by it.</param>
/// <param name="Members">The weights it cuts.</param>
/// <param name="Widths">The allowed widths in rows, descending from the full one.</param>
public sealed record ElasticGroup(int Index, IReadOnlyList<GroupMember> Members, IReadOnlyList<int> Widths)
{
    /// <summary>Whether the width is an adapter's rank; otherwise it is a number of output features.</summary>
    public bool IsRank => Members[0].Part == AdapterPart.LoraA;

    /// <summary>The width list as errors show it, such as <c>[32, 28]</c>.</summary>
    internal string WidthList => Excerpt.Of($"[{string.Join(", ", Widths)}]", most: 400);
}
