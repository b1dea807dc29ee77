using LoNas.Models.Attention;

namespace LoNas.Models;

/// <summary>
/// llama.cpp's names of the families it knows, and what its architectures have a place for. Source: its converter's
/// tables, and the loading of each architecture.
/// </summary>
internal static class LlamaCppTable
{
    private static readonly string[] Inputs = ["q_proj", "k_proj", "v_proj"];

    private static readonly string[] AllLinears = [.. Inputs, "o_proj", "gate_proj", "up_proj", "down_proj"];

    private static readonly string[] AllFactors = [RopeScaling.Llama3, RopeScaling.LongRope];

    private static readonly string[] NeoXLinears =
        ["query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"];

    private static readonly Dictionary<string, string> Ends = new()
    {
        ["model.embed_tokens"] = "token_embd",
        ["model.norm"] = "output_norm",
        ["lm_head"] = "output",
        ["self_attn.o_proj"] = "attn_output",
        ["mlp.down_proj"] = "ffn_down",
    };

    private static readonly Dictionary<string, string> Linears = new(Ends)
    {
        ["self_attn.q_proj"] = "attn_q",
        ["self_attn.k_proj"] = "attn_k",
        ["self_attn.v_proj"] = "attn_v",
        ["mlp.gate_proj"] = "ffn_gate",
        ["mlp.up_proj"] = "ffn_up",
    };

    private static readonly Dictionary<string, string> LlamaModules = new(Linears)
    {
        ["input_layernorm"] = "attn_norm",
        ["post_attention_layernorm"] = "ffn_norm",
    };

    private static readonly Dictionary<string, string> FourNorms = new(Linears)
    {
        ["input_layernorm"] = "attn_norm",
        ["post_attention_layernorm"] = "post_attention_norm",
        ["pre_feedforward_layernorm"] = "ffn_norm",
        ["post_feedforward_layernorm"] = "post_ffw_norm",
    };

    private static readonly Dictionary<string, string> HeadNorms = new()
    {
        ["self_attn.q_norm"] = "attn_q_norm",
        ["self_attn.k_norm"] = "attn_k_norm",
    };

    /// <summary>LLaMA and Mistral; its deci is the same model with a width for each layer.</summary>
    public static LlamaCppNames Llama { get; } = new(
        new("llama", Interleaves: true) { Biased = AllLinears, Factors = AllFactors },
        new("deci", Interleaves: true) { Biased = AllLinears, Factors = AllFactors },
        LlamaModules,
        ["self_attn.q_proj", "self_attn.k_proj"]);

    public static LlamaCppNames Qwen2 { get; } = Llama with
    {
        Uniform = new("qwen2") { Biased = Inputs, IsSquare = true },
    };

    public static LlamaCppNames Qwen3 { get; } = Padded(
        new("qwen3") { Biased = Inputs }, new(LlamaModules.Concat(HeadNorms)));

    public static LlamaCppNames Olmo2 { get; } = Padded(
        new("olmo2") { Biased = Inputs, IsSquare = true, Head = LlamaCppHead.Required },
        new(Linears.Concat(HeadNorms))
        {
            ["post_attention_layernorm"] = "post_attention_norm",
            ["post_feedforward_layernorm"] = "post_ffw_norm",
        });

    public static LlamaCppNames SmolLm3 { get; } = Padded(
        new("smollm3", Interleaves: true) { Biased = Inputs }, LlamaModules);

    public static LlamaCppNames Granite { get; } = Padded(
        new("granite", Interleaves: true) { Biased = AllLinears, Factors = AllFactors }, LlamaModules);

    public static LlamaCppNames Phi3 { get; } = Padded(
        new("phi3") { Factors = [RopeScaling.LongRope], IsSquare = true },
        new(Ends)
        {
            ["self_attn.qkv_proj"] = "attn_qkv",
            ["mlp.gate_up_proj"] = "ffn_up",
            ["input_layernorm"] = "attn_norm",
            ["post_attention_layernorm"] = "ffn_norm",
        });

    public static LlamaCppNames GptNeoX { get; } = Padded(
        new("gptneox")
        {
            Biased = NeoXLinears,
            RequiresBias = true,
            Head = LlamaCppHead.Required,
            NormKey = "attention.layer_norm_epsilon",
        },
        new()
        {
            ["gpt_neox.embed_in"] = "token_embd",
            ["gpt_neox.final_layer_norm"] = "output_norm",
            ["embed_out"] = "output",
            ["input_layernorm"] = "attn_norm",
            ["attention.query_key_value"] = "attn_qkv",
            ["attention.dense"] = "attn_output",
            ["post_attention_layernorm"] = "ffn_norm",
            ["mlp.dense_h_to_4h"] = "ffn_up",
            ["mlp.dense_4h_to_h"] = "ffn_down",
        }) with
    {
        FusedByHead = "attention.query_key_value",
    };

    public static LlamaCppNames Gemma { get; } = Padded(
        new("gemma") { Head = LlamaCppHead.Tied }, LlamaModules) with
    {
        NormsAddOne = true,
    };

    public static LlamaCppNames Gemma2 { get; } = Padded(
        new("gemma2") { Head = LlamaCppHead.Tied, FullEvery = 2 }, FourNorms) with
    {
        NormsAddOne = true,
    };

    public static LlamaCppNames Gemma3 { get; } = Padded(
        new("gemma3") { FullEvery = 6 }, new(FourNorms.Concat(HeadNorms))) with
    {
        NormsAddOne = true,
    };

    /// <summary>A family of whose architectures none has a width for each layer.</summary>
    private static LlamaCppNames Padded(LlamaCppArchitecture uniform, Dictionary<string, string> modules) =>
        new(uniform, Uneven: null, modules, Llama.Rotated);
}
