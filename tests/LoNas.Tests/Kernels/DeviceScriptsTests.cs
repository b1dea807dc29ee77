using LoNas.Kernels;
using LoNas.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace LoNas.Tests.Kernels;

/// <summary>Compares the operations called through TorchScript with plain ones.</summary>
public sealed class DeviceScriptsTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 1e-6)]
    [InlineData(ScalarType.Float16, 1e-2)]
    [InlineData(ScalarType.BFloat16, 6e-2)]
    public void RmsNorm_RandomRows_OutputAndGradientAreThoseOfTheFormula(ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(4, CPU);
        using Scalar epsilon = 1e-5;
        var weight = rand(24, generator: random).add(0.5f).to(type);
        // More calls than TorchScript profiles before it optimises a script.
        for (int round = 0; round < 4; round++)
        {
            var input = randn([3, 5, 24], generator: random).to(type).requires_grad_(true);
            var wide = input.detach().to(ScalarType.Float64).requires_grad_(true);
            var gradient = randn([3, 5, 24], generator: random).to(type);

            var output = DeviceScripts.RmsNorm(input, weight, epsilon);
            output.backward([gradient]);

            var expected = wide * (wide * wide).mean([-1], keepdim: true).add(epsilon).rsqrt()
                * weight.to(ScalarType.Float64);
            expected.backward([gradient.to(ScalarType.Float64)]);
            Assert.Equal(type, output.dtype);
            Close.Absolute(expected, output, tolerance);
            Close.Absolute(wide.grad!, input.grad!, tolerance);
        }
    }

    [Fact]
    public void Norms_LargeAndSmall_AreThoseOfFloat64()
    {
        using var scope = NewDisposeScope();
        var huge = full([2], 1e30f);
        var small = tensor([3.0f, -4.0f]).view(1, 2);

        var norms = DeviceScripts.Norms([huge, small]);

        Assert.Equal(ScalarType.Float64, norms.dtype);
        Assert.Equal(1e30 * Math.Sqrt(2), norms[0].item<double>(), 1e24);
        Assert.Equal(5, norms[1].item<double>(), 1e-12);
    }
}
