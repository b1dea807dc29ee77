using LoNas.Storage;

namespace LoNas.Elastic;

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
