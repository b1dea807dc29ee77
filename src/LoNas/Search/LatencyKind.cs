using System.Text.RegularExpressions;
using LoNas.Elastic;

namespace LoNas.Search;

/// <summary>Groups that differ in nothing but their block, and what each of them takes less time at each width.</summary>
/// <param name="Groups">The groups' indices.</param>
/// <param name="Widths">Their width list.</param>
/// <param name="Prefill">[widths], milliseconds that one group saves in a pass over the prompt; 0 at full width.</param>
/// <param name="Decode">[widths], milliseconds that one group saves in a step of one token.</param>
public sealed partial record LatencyKind(
    IReadOnlyList<int> Groups, IReadOnlyList<int> Widths, IReadOnlyList<double> Prefill, IReadOnlyList<double> Decode)
{
    /// <summary>The groups of a space by kind, as indices.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> GroupsOf(SearchSpace space) => [.. space.Groups
        .GroupBy(group => $"{string.Join(',', group.Members.Select(Describe))} {string.Join(',', group.Widths)}")
        .Select(kind => (IReadOnlyList<int>)[.. kind.Select(group => group.Index)])];

    private static string Describe(GroupMember member) => $"{BlockNumber().Replace(member.ModulePath, ".N.")}:{member.Part}";

    [GeneratedRegex(@"\.\d+\.")]
    private static partial Regex BlockNumber();
}
