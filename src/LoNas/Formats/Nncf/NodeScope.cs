using System.Text.RegularExpressions;
using LoNas.Elastic;
using LoNas.Storage;

namespace LoNas.Formats.Nncf;

/// <summary>
/// Reads NNCF's names of graph nodes, such as
/// <c>PeftModelForCausalLM/LoraModel[base_model]/.../Linear[q_proj]/NNCFUserSelfLinear[self_linear]/linear_0</c>: the
/// root class, <c>Class[attribute]</c> for each level, and the operation.
/// </summary>
internal static partial class NodeScope
{
    private const string Expected =
        "expected Root/Class[name]/.../NNCFLinear[name]/linear_0 as NNCF names its nodes";

    /// <summary>
    /// The weight that a scope names; null if it names none, with the reason in <paramref name="problem"/>.
    /// </summary>
    public static GroupMember? Parse(string scope, out string problem)
    {
        var member = Parse(scope);
        problem = member is null ? $"'{Excerpt.Of(scope)}' is no linear's scope; {Expected}" : "";
        return member;
    }

    private static GroupMember? Parse(string scope)
    {
        var segments = scope.Split('/');
        if (segments.Length < 3 || !Root().IsMatch(segments[0]) || !Operation().IsMatch(segments[^1]))
        {
            return null;
        }

        var levels = segments[1..^1].Select(segment => Level().Match(segment)).ToList();
        if (!levels.TrueForAll(level => level.Success)
            || !levels[^1].Groups[1].Value.EndsWith("Linear", StringComparison.Ordinal))
        {
            return null;
        }

        var names = levels.ConvertAll(level => level.Groups[2].Value);
        var part = SplitPart(names);
        if (names is ["base_model", "model", ..])
        {
            // The names in the checkpoint do not include PEFT's wrapper.
            names.RemoveRange(0, 2);
        }

        return names.Count == 0 ? null : new GroupMember(string.Join('.', names), part);
    }

    /// <summary>Removes the end of the names that tells base and adapter apart, and returns which it is.</summary>
    private static AdapterPart SplitPart(List<string> names)
    {
        if (names[^1] == "self_linear")
        {
            names.RemoveAt(names.Count - 1);
            return AdapterPart.Base;
        }

        if (names.Count > 2 && names[^2] is "lora_A" or "lora_B")
        {
            var part = names[^2] == "lora_A" ? AdapterPart.LoraA : AdapterPart.LoraB;
            names.RemoveRange(names.Count - 2, 2);
            return part;
        }

        return AdapterPart.Base;
    }

    [GeneratedRegex(@"^\w+$")]
    private static partial Regex Root();

    [GeneratedRegex(@"^(\w+)\[([\w.]+)\]$")]
    private static partial Regex Level();

    [GeneratedRegex(@"^linear_0$")]
    private static partial Regex Operation();
}
