using static TorchSharp.torch;

namespace LoNas.Runtime;

/// <summary>What has to come out right before a libtorch is trusted that TorchSharp was not made for.</summary>
internal static class LibtorchSmokeTest
{
    private static readonly (string Name, Func<Device, bool> Passes)[] Everywhere =
    [
        ("matmul", MatrixProduct),
        ("scaled_dot_product_attention", Attention),
        ("backward", Backward),
    ];

    // Of a GPU no managed function is asked (docs/decisions/0007-devices.md).
    private static readonly (string Name, Func<Device, bool> Passes)[] OnCpu =
        [.. Everywhere, ("a custom autograd function", CustomFunction)];

    /// <summary>The part that fails, and how; null when all pass, on CUDA too where there is a device.</summary>
    public static string? FirstFailure() =>
        FirstFailure(OnCpu, CPU) ?? (cuda.is_available() ? FirstFailure(Everywhere, CUDA) : null);

    private static string? FirstFailure((string Name, Func<Device, bool> Passes)[] parts, Device device)
    {
        foreach (var (name, passes) in parts)
        {
            try
            {
                using var scope = NewDisposeScope();
                if (!passes(device))
                {
                    return $"{name} on {device.type} gives wrong numbers";
                }
            }
            catch (Exception error)
            {
                // Whatever it is, this libtorch does not do.
                return $"{name} on {device.type} fails: {error.Message.Split('\n')[0]}";
            }
        }

        return null;
    }

    private static bool MatrixProduct(Device device)
    {
        var matrix = Matrix(device);
        return Holds(matrix.matmul(matrix), 7, 10, 15, 22);
    }

    /// <summary>Queries of zero weigh all values alike: each row of the result is their mean.</summary>
    private static bool Attention(Device device)
    {
        var values = Matrix(device).reshape(1, 1, 2, 2);
        return Holds(nn.functional.scaled_dot_product_attention(zeros_like(values), values, values), 2, 3, 2, 3);
    }

    private static bool Backward(Device device)
    {
        var matrix = Matrix(device).requires_grad_();
        (matrix * matrix).sum().backward();
        return Holds(matrix.grad!, 2, 4, 6, 8);
    }

    private static bool CustomFunction(Device device)
    {
        var matrix = Matrix(device).requires_grad_();
        Cube.apply(matrix).sum().backward();
        return Holds(matrix.grad!, 3, 12, 27, 48);
    }

    private static Tensor Matrix(Device device) => tensor(new float[] { 1, 2, 3, 4 }).reshape(2, 2).to(device);

    // On numbers this small every device is exact but for the last bits.
    private static bool Holds(Tensor result, params float[] expected) =>
        result.numel() == expected.Length
        && result.cpu().reshape(-1).data<float>().ToArray().Zip(expected)
            .All(pair => Math.Abs(pair.First - pair.Second) < 1e-3);

    private sealed class Cube : autograd.SingleTensorFunction<Cube>
    {
        public override string Name => nameof(Cube);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var input = (Tensor)vars[0];
            ctx.save_for_backward([input]);
            using TorchSharp.Scalar three = 3;
            return input.pow(three);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            var input = ctx.get_saved_variables()[0];
            using TorchSharp.Scalar three = 3, two = 2;
            return [grad_output * three * input.pow(two)];
        }
    }
}
