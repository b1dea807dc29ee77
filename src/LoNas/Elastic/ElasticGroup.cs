using LoNas.Storage;

namespace LoNas.Elastic;

/// <summary>Which weight of an adapted linear a group member is.</summary>
public enum AdapterPart
{
    /// <summary>The base weight <c>[out, in]</c>.</summary>
    Base,

    /// <summary>The first half of the adapter, A <c>[r, in]</c>.</summary>
    LoraA,

    /// <summary>The second half of the adapter, B <c>[out, r]</c>.</summary>
    LoraB,
}

/// <summary>A weight that an elastic group cuts on its output side.</summary>
/// <param name="ModulePath">
/// The path of the linear in the checkpoint, such as <c>model.layers.0.self_attn.q_proj</c>.
/// </param>
/// <param name="Part">Whether it is the base weight or a half of the adapter.</param>
public sealed record GroupMember(string ModulePath, AdapterPart Part)
{
    /// <summary>The member as shown in errors, such as <c>'model.layers.0.mlp.up_proj' (lora_B)</c>.</summary>
    public override string ToString() => $"'{Excerpt.Of(ModulePath)}' ({PartName})";

    private string PartName => Part switch
    {
        AdapterPart.LoraA => "lora_A",
        AdapterPart.LoraB => "lora_B",
        _ => "base",
    };
}

/// <summary>A set of weights that are always cut to the same width.</summary>
/// <param name="Index">The index of the group in the configuration, from 0. It is the key in sub-adapter files.</param>
/// <param name="Members">The weights that the group cuts.</param>
/// <param name="Widths">The allowed widths in rows, in descending order from the full width.</param>
public sealed record ElasticGroup(int Index, IReadOnlyList<GroupMember> Members, IReadOnlyList<int> Widths)
{
    /// <summary>Whether the width is the rank of adapters. Otherwise it is a number of output features.</summary>
    public bool IsRank => Members[0].Part == AdapterPart.LoraA;

    /// <summary>The width list as shown in errors, such as <c>[32, 28]</c>.</summary>
    internal string WidthList => Excerpt.Of($"[{string.Join(", ", Widths)}]", most: 400);
}
