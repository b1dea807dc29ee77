using LoNas.Storage;

namespace LoNas.Elastic;

/// <summary>Which weight of an adapted linear a group member names.</summary>
public enum AdapterPart
{
    /// <summary>The base weight <c>[out, in]</c>.</summary>
    Base,

    /// <summary>The adapter's first half, A <c>[r, in]</c>.</summary>
    LoraA,

    /// <summary>The adapter's second half, B <c>[out, r]</c>.</summary>
    LoraB,
}

/// <summary>One weight that an elastic group cuts on its output side.</summary>
/// <param name="ModulePath">The linear's checkpoint path, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="Part">The base weight or one half of the adapter.</param>
public sealed record GroupMember(string ModulePath, AdapterPart Part)
{
    /// <summary>The member as errors show it, such as <c>'model.layers.0.mlp.up_proj' (lora_B)</c>.</summary>
    public override string ToString() => $"'{Excerpt.Of(ModulePath)}' ({PartName})";

    private string PartName => Part switch
    {
        AdapterPart.LoraA => "lora_A",
        AdapterPart.LoraB => "lora_B",
        _ => "base",
    };
}

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
