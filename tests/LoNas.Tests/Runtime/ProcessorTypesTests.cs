using LoNas.Runtime;

namespace LoNas.Tests.Runtime;

public sealed class ProcessorTypesTests
{
    private const int Intel = 0x756E6547;
    private const int Amd = 0x68747541;

    [Theory]
    [InlineData("Sapphire Rapids with its tiles", Intel, 1, 1 << 22, 1 << 5, false)]
    [InlineData("the same without them, as virtual machines may have it", Intel, 1, 0, 1 << 5, true)]
    [InlineData("Zen 4", Amd, 1, 0, 1 << 5, false)]
    [InlineData("Zen 3", Amd, 0, 0, 0, true)]
    [InlineData("Haswell", Intel, 0, 0, 0, true)]
    [InlineData("without sub-leaf 1, whatever is read there", Amd, 0, 0, 1 << 5, true)]
    public void PrefersFloat32_Features_AsTheProductsAreFast(
        string processor, int vendor, int subLeaves, int features, int vectors, bool expected)
    {
        Assert.NotEmpty(processor);
        (int, int, int, int) CpuId(int leaf, int subLeaf) => (leaf, subLeaf) switch
        {
            (0, _) => (0x20, vendor, 0, 0),
            (7, 0) => (subLeaves, 0, 0, features),
            (7, 1) => (vectors, 0, 0, 0),
            _ => throw new InvalidOperationException($"leaf {leaf}, {subLeaf} is not needed"),
        };

        Assert.Equal(expected, ProcessorTypes.PrefersFloat32Of(CpuId));
    }

    [Fact]
    public void PrefersFloat32_ProcessorOfFewLeaves_IsTrue() =>
        Assert.True(
            ProcessorTypes.PrefersFloat32Of(
                (leaf, _) => leaf == 0 ? (4, Intel, 0, 0) : throw new InvalidOperationException()));
}
