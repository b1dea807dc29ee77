using LoNas.Kernels;
using static TorchSharp.torch;

namespace LoNas.Tests.Kernels;

public sealed class EncoderAttentionKernelTests
{
    [Theory]
    [InlineData(32, 12)]
    [InlineData(64, 2)]
    [InlineData(16, 3)]
    [InlineData(20, 3)]
    [InlineData(128, 1)]
    public void Forward_AnyHeadSize_IsTheAttentionOfEachSequence(int size, int heads)
    {
        using var scope = NewDisposeScope();
        int[] lengths = [1, 31, 32, 33, 5, 130];
        using var random = new Generator(7);
        Tensor Draw() => empty(lengths.Sum(), heads * size).normal_(0, 2, random);
        var (query, key, value) = (Draw(), Draw(), Draw());

        var output = EncoderAttentionKernel.Forward(query, key, value, lengths, size);

        long start = 0;
        foreach (int length in lengths)
        {
            Tensor Heads(Tensor all) => all.narrow(0, start, length).view(length, heads, size).transpose(0, 1)
                .to(ScalarType.Float64);
            var weights = (Heads(query).matmul(Heads(key).transpose(1, 2)) / Math.Sqrt(size)).softmax(-1);
            var expected = weights.matmul(Heads(value)).transpose(0, 1).reshape(length, -1);
            var difference = (expected - output.narrow(0, start, length)).abs().max().item<double>();
            Assert.InRange(difference, 0, 2e-5);
            start += length;
        }
    }

    [Fact]
    public void Forward_BFloat16_IsRoundedOnce()
    {
        using var scope = NewDisposeScope();
        int[] lengths = [9, 40];
        using var random = new Generator(7);
        Tensor Draw() => empty(lengths.Sum(), 64).normal_(0, 1, random).to(ScalarType.BFloat16);
        var (query, key, value) = (Draw(), Draw(), Draw());
        Tensor Wide(Tensor narrow) => narrow.to(ScalarType.Float32);

        var output = EncoderAttentionKernel.Forward(query, key, value, lengths, 32);

        var wide = EncoderAttentionKernel.Forward(Wide(query), Wide(key), Wide(value), lengths, 32);
        Assert.True(wide.to(ScalarType.BFloat16).equal(output).all().item<bool>());
    }

    [Fact]
    public void Forward_NaN_StaysVisible()
    {
        using var scope = NewDisposeScope();
        var query = ones(4, 32);
        query[1, 3] = float.NaN;

        var output = EncoderAttentionKernel.Forward(query, ones(4, 32), ones(4, 32), [4], 32);

        Assert.True(output[1].isnan().all().item<bool>());
        Assert.False(output[0].isnan().any().item<bool>());
    }
}
