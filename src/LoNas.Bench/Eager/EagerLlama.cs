using LoNas.Runtime;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Bench.Eager;

/// <summary>
/// LLaMA with LoRA written operation by operation as Transformers and PEFT do, with libtorch's fused attention: the
/// baseline of training. Nothing is fused by hand, the logits of all positions exist at once in float32, and the graph
/// of the whole model is kept.
/// </summary>
/// <param name="shape">The model's sizes.</param>
/// <param name="weight">Gives a checkpoint's tensor by name.</param>
/// <param name="linear">Gives a linear layer by path.</param>
public sealed class EagerLlama(EagerShape shape, Func<string, Tensor> weight, Func<string, EagerLinear> linear)
{
    /// <summary>The mean cross-entropy of the next tokens.</summary>
    /// <param name="inputIds">[B, T] int64.</param>
    /// <param name="labels">[B, T] int64, -100 where nothing is learned; null for the input ids.</param>
    /// <param name="mask">Added to the scores, [B, 1, T, T]; null for causal attention.</param>
    /// <returns>A scalar.</returns>
    public Tensor Loss(Tensor inputIds, Tensor? labels = null, Tensor? mask = null)
    {
        var (rows, length) = (inputIds.shape[0], inputIds.shape[1]);
        var hidden = weight("model.embed_tokens.weight")
            .index_select(0, inputIds.flatten()).view(rows, length, -1); // [B, T, H]
        var (cosine, sine) = Rotary(length, hidden.dtype);
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            var path = $"model.layers.{layer}";
            var normed = Norm(hidden, weight($"{path}.input_layernorm.weight"));
            hidden = hidden.Plus(Attention(normed, $"{path}.self_attn", cosine, sine, mask));
            normed = Norm(hidden, weight($"{path}.post_attention_layernorm.weight"));
            hidden = hidden.Plus(Mlp(normed, $"{path}.mlp"));
        }

        var logits = linear("lm_head").Forward(Norm(hidden, weight("model.norm.weight")))
            .to(ScalarType.Float32); // [B, T, V]
        var predicted = logits.narrow(1, 0, length - 1).contiguous();
        var next = (labels ?? inputIds).narrow(1, 1, length - 1).contiguous();
        return functional.cross_entropy(predicted.view(-1, predicted.shape[2]), next.view(-1));
    }

    private Tensor Attention(Tensor input, string path, Tensor cosine, Tensor sine, Tensor? mask)
    {
        var (rows, length) = (input.shape[0], input.shape[1]);
        var query = Rotate(Heads($"{path}.q_proj", shape.Heads), cosine, sine); // [B, heads, T, D]
        var key = Rotate(Heads($"{path}.k_proj", shape.KeyValueHeads), cosine, sine);
        var value = Heads($"{path}.v_proj", shape.KeyValueHeads);
        if (shape.Heads != shape.KeyValueHeads)
        {
            (key, value) = (Repeat(key), Repeat(value));
        }

        // Libtorch's fused attention takes the gradient out of a row's log-sum, which such a mask swallows.
        var attended = mask is null
            ? functional.scaled_dot_product_attention(query, key, value, is_casual: true)
            : functional.softmax(
                (query.matmul(key.transpose(2, 3)) / Math.Sqrt(shape.HeadSize)).Plus(mask), -1).matmul(value);
        return linear($"{path}.o_proj").Forward(attended.transpose(1, 2).reshape(rows, length, -1));

        Tensor Heads(string name, long heads) =>
            linear(name).Forward(input).view(rows, length, heads, shape.HeadSize).transpose(1, 2);

        Tensor Repeat(Tensor states) => states.repeat_interleave(shape.Heads / shape.KeyValueHeads, 1);
    }

    private Tensor Mlp(Tensor input, string path) => linear($"{path}.down_proj").Forward(
        functional.silu(linear($"{path}.gate_proj").Forward(input)) * linear($"{path}.up_proj").Forward(input));

    private Tensor Norm(Tensor input, Tensor scale)
    {
        var wide = input.to(ScalarType.Float32);
        var variance = wide.pow(2).mean([-1], keepdim: true);
        return scale * (wide * rsqrt(variance + shape.Epsilon)).to(input.dtype);
    }

    private (Tensor Cosine, Tensor Sine) Rotary(long length, ScalarType dtype)
    {
        var frequencies = 1.0 / pow(shape.RopeTheta, arange(0, shape.HeadSize, 2, ScalarType.Float32) / shape.HeadSize);
        var angles = outer(arange(length, ScalarType.Float32), frequencies);
        var both = cat([angles, angles], -1); // [T, D]
        return (both.cos().to(dtype), both.sin().to(dtype));
    }

    private Tensor Rotate(Tensor states, Tensor cosine, Tensor sine)
    {
        var halves = states.chunk(2, -1);
        return (states * cosine).Plus(cat([-halves[1], halves[0]], -1) * sine);
    }
}
