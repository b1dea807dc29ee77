using LoNas.Models.Attention;
using LoNas.Models.Layers;
using LoNas.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace LoNas.Models.Families;

/// <summary>What Gemma's generations share.</summary>
internal static class GemmaParts
{
    private const string Activation = "gelu_pytorch_tanh";

    /// <summary>Notes what none of them is computed with here.</summary>
    public static void RequireSupported(ConfigReader keys)
    {
        var activation = keys.Text("hidden_activation", Activation);
        keys.Require(
            activation == Activation,
            $"hidden_activation is '{activation}', which is not supported; expected {Activation}");
        keys.Require(
            !keys.Bool("use_bidirectional_attention", false),
            "use_bidirectional_attention is true; attention to later tokens is not supported");
    }

    /// <summary>A norm, whose gain is stored less 1.</summary>
    public static WideRmsNorm Norm(WeightMap weights, string path, long size, double epsilon) =>
        new(weights, path, size, epsilon, offset: 1);

    /// <summary>
    /// What embeddings are multiplied by: the root of the hidden size, rounded to the model's type as in Transformers.
    /// </summary>
    public static Func<Tensor, Tensor> EmbeddingScale(long hiddenSize, ScalarType dtype)
    {
        using var rounded = tensor(Math.Sqrt(hiddenSize), dtype);
        using var wide = rounded.to(ScalarType.Float32);
        Scalar scale = wide.item<float>(); // held by what is returned
        return states => states.mul(scale);
    }

    /// <summary>
    /// What queries are multiplied by for llama.cpp, which scales scores by the size of a head, and in the largest
    /// model by the hidden size over the heads, whatever query_pre_attn_scalar says; null where that is the same.
    /// </summary>
    public static (string Module, double By)? InLlamaCpp(string module, double scale, ModelConfig sizes, int largest)
    {
        long size = sizes.LayerCount == largest ? sizes.HiddenSize / sizes.HeadCount : sizes.HeadSize;
        double by = scale * Math.Sqrt(size);
        return Math.Abs(by - 1) < 1e-9 ? null : (module, by);
    }

    /// <summary>What bounds logits; null for nothing.</summary>
    public static Func<Tensor, Tensor>? LogitsCap(double? cap) =>
        cap is { } bound ? logits => SoftCap.Of(logits, bound) : null;
}
