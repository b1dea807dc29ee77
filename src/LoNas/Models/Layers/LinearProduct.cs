using LoNas.Kernels;
using LoNas.Runtime;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models.Layers;

/// <summary>A low-rank branch beside a linear layer's weight, cut as the weight is: s drop(x) A' B'.</summary>
/// <param name="Lower">A, [r, in].</param>
/// <param name="Upper">B, [out, r].</param>
/// <param name="Scaling">s.</param>
/// <param name="HeldScaling">
/// The same, held by the layer: a temporary one may be finalised while the native call reads it.
/// </param>
/// <param name="Dropout">Drops elements of the branch's input; null for none.</param>
internal readonly record struct LowRankBranch(
    Tensor Lower, Tensor Upper, double Scaling, Scalar HeldScaling, SeededDropout? Dropout = null);

/// <summary>
/// Computes a linear layer, y = x W' + b + s drop(x) A' B'. This is the one place that decides how: by the types of
/// input and weight, the device, the number of rows, and whether a gradient is wanted. Intermediate tensors live in the
/// caller's dispose scope.
/// </summary>
internal static class LinearProduct
{
    /// <summary>Computes a layer.</summary>
    /// <param name="input">
    /// [..., in]. It is cast to the weight's type, but for float32 over a narrower weight: that stays float32 where
    /// <paramref name="keepsWide"/> says so, and where the weight is bfloat16 and frozen and a gradient is wanted.
    /// </param>
    /// <param name="weight">[out, in].</param>
    /// <param name="bias">[out]; or null.</param>
    /// <param name="branch">The low-rank branch; null for none.</param>
    /// <param name="keepsWide">
    /// Whether float32 input stays float32 over any narrower weight, which is then widened for the product.
    /// </param>
    /// <returns>[..., out], in the input's type.</returns>
    public static Tensor Of(
        Tensor input, Tensor weight, Tensor? bias = null, LowRankBranch? branch = null, bool keepsWide = false)
    {
        // Training asks for wide states by making them (BlockwiseGradient), the check of an export by keepsWide.
        bool learns = is_grad_enabled() && !weight.requires_grad;
        bool isWide = input.dtype == ScalarType.Float32 && weight.dtype != ScalarType.Float32
            && (keepsWide || (learns && weight.dtype == ScalarType.BFloat16));
        if (branch is not { } lowRank)
        {
            return As(Plain(isWide ? input : As(input, weight.dtype), weight, bias), input.dtype);
        }

        if (!KernelRows.Supports(input))
        {
            return InWeightType(input, weight, bias, lowRank);
        }

        if (learns && (isWide || input.dtype == weight.dtype) && input.is_contiguous())
        {
            return Together(input, weight, bias, lowRank);
        }

        // PEFT's rule: the branch runs in the adapter's float32 and the sum is cast back.
        var output = Plain(isWide ? input : As(input, weight.dtype), weight, bias);
        var rows = As(input, lowRank.Lower.dtype);
        rows = lowRank.Dropout is { } dropout ? dropout.Apply(rows) : rows;
        var added = Plain(Plain(rows, lowRank.Lower), lowRank.Upper); // [..., out]
        return As(output.Plus(added * lowRank.HeldScaling), input.dtype);
    }

    /// <summary>x W' + b, by the way that suits the number of rows.</summary>
    private static Tensor Plain(Tensor input, Tensor weight, Tensor? bias = null)
    {
        if (input.dtype != weight.dtype)
        {
            using var rows = input.reshape(-1, input.shape[^1]);
            using var output = WideFunction.apply(rows, weight, bias!);
            return output.view([.. input.shape[..^1], weight.shape[0]]);
        }

        return !is_grad_enabled() && LinearRowKernel.Supports(input, weight, bias)
            ? LinearRowKernel.Forward(input, weight, bias)
            : functional.linear(input, weight, bias);
    }

    /// <summary>Weight and branch as one node of the gradient's graph.</summary>
    private static Tensor Together(Tensor input, Tensor weight, Tensor? bias, LowRankBranch branch)
    {
        var shape = input.shape;
        var output = LowRankFunction.apply(
            input.view(-1, shape[^1]), weight, bias!, branch.Lower, branch.Upper, (float)branch.Scaling,
            branch.Dropout?.Draw()!); // [N, out]
        shape[^1] = weight.shape[0];
        return output.view(shape);
    }

    /// <summary>
    /// Weight and branch in the weight's type, as under PyTorch's autocast: a GPU's float32 products are many times
    /// slower. The gradient's graph is libtorch's own: a GPU's gradients run on a thread of libtorch where managed
    /// tensors are never freed.
    /// </summary>
    private static Tensor InWeightType(Tensor input, Tensor weight, Tensor? bias, LowRankBranch branch)
    {
        var shape = input.shape;
        var rows = As(input, weight.dtype).reshape(-1, shape[^1]); // [N, in]
        var output = functional.linear(rows, weight, bias); // [N, out]
        var kept = branch.Dropout is { } dropout ? dropout.Apply(rows) : rows;
        var reduced = functional.linear(kept, As(branch.Lower, weight.dtype)); // [N, r]
        output = output.addmm_(reduced, As(branch.Upper, weight.dtype).t(), 1, (float)branch.Scaling);
        shape[^1] = weight.shape[0];
        return As(output.view(shape), input.dtype);
    }

    private static Tensor As(Tensor tensor, ScalarType dtype) => tensor.dtype == dtype ? tensor : tensor.to(dtype);

    /// <summary>A frozen weight over float32 rows, which is widened anew for the gradient instead of kept.</summary>
    private sealed class WideFunction : autograd.SingleTensorFunction<WideFunction>
    {
        public override string Name => nameof(WideFunction);

        /// <param name="ctx">Keeps what the backward pass needs.</param>
        /// <param name="vars">Input [N, in], weight [out, in] and bias [out] or null.</param>
        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var weight = (Tensor)vars[1];
            ctx.save_for_backward([weight]);
            return WideProduct.Forward((Tensor)vars[0], weight, (Tensor?)vars[2]);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
            [WideProduct.Backward(grad_output.contiguous(), ctx.get_saved_variables()[0]), null!, null!];
    }

    /// <summary>
    /// A frozen weight with its low-rank branch (Hu et al., 2021). Both products go into one output, the branch runs in
    /// the input's type as under PyTorch's autocast, and of all intermediate values only drop(x) A' is kept.
    /// </summary>
    internal sealed class LowRankFunction : autograd.SingleTensorFunction<LowRankFunction>
    {
        public override string Name => nameof(LowRankFunction);

        /// <param name="ctx">Keeps what the backward pass needs.</param>
        /// <param name="vars">
        /// Input [N, in], weight [out, in], bias [out] or null, A [r, in], B [out, r], the scaling (float) and the
        /// dropout (<see cref="DropoutMask"/>) or null.
        /// </param>
        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (input, weight, scaling) = ((Tensor)vars[0], (Tensor)vars[1], (float)vars[5]);
            var lower = ((Tensor)vars[3]).to(input.dtype); // [r, in]
            var upper = ((Tensor)vars[4]).to(input.dtype); // [out, r]
            var dropout = (DropoutMask?)vars[6];
            var output = WideProduct.Forward(input, weight, (Tensor?)vars[2]); // [N, out]
            var reduced = (dropout?.Apply(input) ?? input).mm(lower.t()); // [N, r]
            output.addmm_(reduced, upper.t(), 1, scaling);
            ctx.save_for_backward([input, weight, lower, upper, reduced]);
            ctx.save_data(nameof(scaling), scaling);
            ctx.save_data(nameof(dropout), dropout!);
            ctx.save_data("needsInput", input.requires_grad);
            return output;
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            var saved = ctx.get_saved_variables();
            var (input, weight, lower, upper, reduced) = (saved[0], saved[1], saved[2], saved[3], saved[4]);
            var scaling = (float)ctx.get_data("scaling");
            var dropout = (DropoutMask?)ctx.get_data("dropout");
            var gradient = grad_output.contiguous(); // [N, out]
            using Scalar held = scaling;
            var branch = gradient.mm(upper).mul_(held); // [N, r]
            var lowerGradient = branch.t().mm(dropout?.Apply(input) ?? input); // [r, in]
            var upperGradient = gradient.t().mm(reduced).mul_(held); // [out, r]
            Tensor? inputGradient = null;
            if ((bool)ctx.get_data("needsInput"))
            {
                inputGradient = WideProduct.Backward(gradient, weight); // [N, in]
                if (dropout is null)
                {
                    inputGradient.addmm_(branch, lower, 1, 1);
                }
                else
                {
                    dropout.Add(inputGradient, branch.mm(lower));
                }
            }

            var (ofLower, ofUpper) = (lowerGradient.to(ScalarType.Float32), upperGradient.to(ScalarType.Float32));
            return [inputGradient!, null!, null!, ofLower, ofUpper, null!, null!];
        }
    }
}
