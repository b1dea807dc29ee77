using LoNas.Models.Layers;
using static TorchSharp.torch;

namespace LoNas.Elastic;

/// <summary>
/// A frozen linear layer with its low-rank branch (Hu et al., 2021) as one node of the gradient's graph: y = x W' + b + s
/// drop(x) A' B'. Both products go into one output, the branch runs in the input's type as under PyTorch's autocast, and of
/// all intermediate values only drop(x) A' is kept.
/// </summary>
internal sealed class LoraFunction : autograd.SingleTensorFunction<LoraFunction>
{
    public override string Name => nameof(LoraFunction);

    /// <param name="ctx">Keeps what the backward pass needs.</param>
    /// <param name="vars">
    /// Input [N, in], weight [out, in], bias [out] or null, A [r, in], B [out, r], the scaling (float) and the dropout
    /// (<see cref="DropoutMask"/>) or null.
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
        var branch = gradient.mm(upper).mul_(scaling); // [N, r]
        var lowerGradient = branch.t().mm(dropout?.Apply(input) ?? input); // [r, in]
        var upperGradient = gradient.t().mm(reduced).mul_(scaling); // [out, r]
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

        return
        [
            inputGradient!, null!, null!, lowerGradient.to(ScalarType.Float32), upperGradient.to(ScalarType.Float32), null!, null!,
        ];
    }
}
