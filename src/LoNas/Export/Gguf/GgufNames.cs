namespace LoNas.Export.Gguf;

/// <summary>The names by which llama.cpp knows the weights of LLaMA and its relatives.</summary>
internal static class GgufNames
{
    private const string Layers = "model.layers.";

    private static readonly Dictionary<string, string> Whole = new()
    {
        ["model.embed_tokens"] = "token_embd",
        ["model.norm"] = "output_norm",
        ["lm_head"] = "output",
    };

    private static readonly Dictionary<string, string> OfLayer = new()
    {
        ["input_layernorm"] = "attn_norm",
        ["self_attn.q_proj"] = "attn_q",
        ["self_attn.k_proj"] = "attn_k",
        ["self_attn.v_proj"] = "attn_v",
        ["self_attn.o_proj"] = "attn_output",
        ["post_attention_layernorm"] = "ffn_norm",
        ["mlp.gate_proj"] = "ffn_gate",
        ["mlp.up_proj"] = "ffn_up",
        ["mlp.down_proj"] = "ffn_down",
    };

    /// <summary>The name of a tensor: <c>model.layers.0.mlp.up_proj.weight</c> is <c>blk.0.ffn_up.weight</c>.</summary>
    public static string OfTensor(string name)
    {
        int dot = name.LastIndexOf('.');
        return $"{Of(name[..dot])}{name[dot..]}";
    }

    /// <summary>
    /// The name of a module without <c>.weight</c>: <c>model.layers.0.mlp.up_proj</c> is <c>blk.0.ffn_up</c>.
    /// </summary>
    public static string Of(string path)
    {
        if (Whole.TryGetValue(path, out var name))
        {
            return name;
        }

        var parts = path[Layers.Length..].Split('.', 2);
        return $"blk.{parts[0]}.{OfLayer[parts[1]]}";
    }
}
