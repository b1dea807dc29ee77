using LoNas.Kernels;
using LoNas.Models.Layers;
using static TorchSharp.torch;

namespace LoNas.Tests.Kernels;

public sealed class LinearRowKernelTests
{
    /// <summary>Widths and heights that are and are not multiples of the vector length and of four rows.</summary>
    public static TheoryData<long, long, ScalarType, bool> Sizes
    {
        get
        {
            var data = new TheoryData<long, long, ScalarType, bool>();
            foreach (var (width, height) in new (long, long)[] { (768, 256), (64, 172), (37, 9), (5, 3), (2048, 1) })
            {
                foreach (var dtype in new[] { ScalarType.Float32, ScalarType.BFloat16 })
                {
                    data.Add(width, height, dtype, true);
                    data.Add(width, height, dtype, false);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Forward_OneRow_EqualsTheProductInDoublePrecision(
        long width, long height, ScalarType dtype, bool hasBias)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5, CPU);
        var input = Draw([1, 1, width], dtype, random);
        var weight = Draw([height, width], dtype, random);
        var bias = hasBias ? Draw([height], dtype, random) : null;

        var output = LinearRowKernel.Forward(input, weight, bias);

        Assert.Equal([1, 1, height], output.shape);
        Assert.Equal(dtype, output.dtype);
        AssertClose(Exact(input, weight, bias), output);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Forward_FirstColumnsAndRowsOfAWiderWeight_LeavesTheOthersOut(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(6, CPU);
        var cut = Draw([100, 90], dtype, random).narrow(0, 0, 70).narrow(1, 0, 50);
        var input = Draw([1, 50], dtype, random);

        AssertClose(Exact(input, cut, null), LinearRowKernel.Forward(input, cut, null));
    }

    [Fact]
    public void Forward_AnyNumberOfThreads_GivesTheSameBits()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(7, CPU);
        var weight = Draw([1027, 300], ScalarType.Float32, random);
        var input = Draw([1, 300], ScalarType.Float32, random);
        int threads = get_num_threads();
        try
        {
            set_num_threads(1);
            var alone = LinearRowKernel.Forward(input, weight, null);
            set_num_threads(3);
            Assert.Equal(alone.bytes.ToArray(), LinearRowKernel.Forward(input, weight, null).bytes.ToArray());
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void Supports_WhatItCannotCompute_IsLeftToLibtorch()
    {
        using var scope = NewDisposeScope();
        var weight = zeros(300, 200);
        var input = zeros(1, 200);

        Assert.True(LinearRowKernel.Supports(input, weight, zeros(300)));
        Assert.True(LinearRowKernel.Supports(input, zeros(300, 250).narrow(1, 0, 200), null));
        Assert.False(LinearRowKernel.Supports(zeros(2, 200), weight, null));
        Assert.False(LinearRowKernel.Supports(input, zeros(200, 300).t(), null));
        Assert.False(LinearRowKernel.Supports(input.to(ScalarType.Float64), weight.to(ScalarType.Float64), null));
        Assert.False(LinearRowKernel.Supports(input, weight.to(ScalarType.BFloat16), null));
        Assert.False(LinearRowKernel.Supports(input, weight, zeros(300, dtype: ScalarType.BFloat16)));
        // So little work that libtorch is faster.
        Assert.False(LinearRowKernel.Supports(input, zeros(100, 200), null));
    }

    [Fact]
    public void LinearProductOf_OneRowWithGradients_HasThem()
    {
        using var scope = NewDisposeScope();
        var input = ones(1, 200).requires_grad_();

        LinearProduct.Of(input, full(300, 200, 2f)).sum().backward();

        Assert.All(input.grad!.data<float>().ToArray(), gradient => Assert.Equal(600, gradient));
    }

    private static Tensor Draw(long[] shape, ScalarType dtype, Generator random) =>
        empty(shape).normal_(0, 1, random).to(dtype);

    private static Tensor Exact(Tensor input, Tensor weight, Tensor? bias)
    {
        var product = input.to(ScalarType.Float64).matmul(weight.to(ScalarType.Float64).t());
        return bias is null ? product : product + bias.to(ScalarType.Float64);
    }

    /// <summary>Allows one rounding of the type plus the error of float32 sums.</summary>
    private static void AssertClose(Tensor expected, Tensor actual)
    {
        double relative = actual.dtype == ScalarType.BFloat16 ? 1.0 / 256 : 1e-6;
        var difference = (expected - actual.to(ScalarType.Float64)).abs() - (expected.abs() * relative);
        Assert.True(difference.max().item<double>() < 5e-5, $"off by {difference.max().item<double>()}");
    }
}
