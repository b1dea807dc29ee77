using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Layers;

/// <summary>
/// Products of rows with a frozen weight. Where the rows are float32 and the weight is narrower, it is widened a part
/// at a time, so that a narrow base serves processors that multiply float32 faster, and no wide copy of it stays.
/// </summary>
internal static class WideProduct
{
    /// <summary>Elements of a weight that are wide at a time.</summary>
    private const long PartElements = 16 << 20;

    /// <summary>y = x W' + b.</summary>
    /// <param name="input">[N, in].</param>
    /// <param name="weight">[out, in].</param>
    /// <param name="bias">[out]; or null.</param>
    /// <returns>[N, out], in the input's type.</returns>
    public static Tensor Forward(Tensor input, Tensor weight, Tensor? bias)
    {
        if (input.dtype == weight.dtype)
        {
            return functional.linear(input, weight, bias);
        }

        var output = bias is null
            ? empty(input.shape[0], weight.shape[0], input.dtype, input.device)
            : bias.to(input.dtype).expand(input.shape[0], weight.shape[0]).clone();
        foreach (var (first, part) in Parts(weight))
        {
            using var wide = part.to(input.dtype);
            using var columns = output.narrow(1, first, wide.shape[0]);
            columns.addmm_(input, wide.t(), bias is null ? 0 : 1, 1);
        }

        return output;
    }

    /// <summary>The gradient of the input.</summary>
    /// <param name="gradient">Of the output, [N, out].</param>
    /// <param name="weight">[out, in].</param>
    /// <returns>[N, in].</returns>
    public static Tensor Backward(Tensor gradient, Tensor weight)
    {
        if (gradient.dtype == weight.dtype)
        {
            return gradient.mm(weight);
        }

        var result = empty(gradient.shape[0], weight.shape[1], gradient.dtype, gradient.device);
        foreach (var (first, part) in Parts(weight))
        {
            using var wide = part.to(gradient.dtype);
            using var columns = gradient.narrow(1, first, wide.shape[0]);
            result.addmm_(columns, wide, first == 0 ? 0 : 1, 1);
        }

        return result;
    }

    private static IEnumerable<(long First, Tensor Part)> Parts(Tensor weight)
    {
        long rows = Math.Max(1, PartElements / weight.shape[1]);
        for (long first = 0; first < weight.shape[0]; first += rows)
        {
            using var part = weight.narrow(0, first, Math.Min(rows, weight.shape[0] - first));
            yield return (first, part);
        }
    }
}
