using LoNas.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace LoNas.Tests.Runtime;

public sealed class DeviceChoiceTests
{
    [Theory]
    [InlineData("auto", 0, DeviceType.CPU, -1)]
    [InlineData("auto", 2, DeviceType.CUDA, 0)]
    [InlineData("cpu", 2, DeviceType.CPU, -1)]
    [InlineData("cuda", 1, DeviceType.CUDA, 0)]
    [InlineData("cuda:0", 1, DeviceType.CUDA, 0)]
    [InlineData("cuda:3", 4, DeviceType.CUDA, 3)]
    public void Of_Name_FindsTheDevice(string name, int there, DeviceType type, int index) =>
        Assert.Equal((type, index), DeviceChoice.Of(name, () => there, () => there, visible: null));

    [Fact]
    public void Of_Cpu_DoesNotStartCuda() =>
        Assert.Equal(
            (DeviceType.CPU, -1),
            DeviceChoice.Of(
                "cpu",
                () => throw new InvalidOperationException("asked"),
                () => throw new InvalidOperationException("asked"),
                null));

    [Theory]
    [InlineData("cuda", 0, null, "The device 'cuda' can't be used: no CUDA device is found; it takes an NVIDIA GPU")]
    [InlineData("cuda:1", 0, "",
        "The device 'cuda:1' can't be used: no CUDA device is found (CUDA_VISIBLE_DEVICES is ''); it takes")]
    [InlineData("cuda:1", 1, "3",
        "The device 'cuda:1' can't be used: there is one CUDA device (CUDA_VISIBLE_DEVICES is '3'); give cuda:0")]
    [InlineData("cuda:4", 4, null,
        "The device 'cuda:4' can't be used: there are 4 CUDA devices, counted from 0; give cuda:0 to cuda:3")]
    [InlineData("gpu", 4, null, "The device 'gpu' is unknown; expected auto, cpu, cuda or cuda:N")]
    [InlineData("cuda:-1", 4, null, "The device 'cuda:-1' is unknown; expected auto, cpu, cuda or cuda:N")]
    [InlineData("cuda:", 4, null, "The device 'cuda:' is unknown; expected auto, cpu, cuda or cuda:N")]
    [InlineData("CUDA", 4, null, "The device 'CUDA' is unknown; expected auto, cpu, cuda or cuda:N")]
    public void Of_NoSuchDevice_SaysWhatThereIs(string name, int there, string? visible, string message) =>
        Assert.StartsWith(
            message,
            Assert.Throws<ArgumentException>(() => DeviceChoice.Of(name, () => there, () => there, visible)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Of_GpuThatLibtorchCanNotUse_SaysWhatIsMissing()
    {
        var error = Assert.Throws<ArgumentException>(() => DeviceChoice.Of("cuda", () => 0, () => 1, null));

        Assert.StartsWith(
            "The device 'cuda' can't be used: the libtorch in use has no CUDA, give one that has", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("though there is an NVIDIA GPU", DeviceChoice.Note("auto", DeviceType.CPU, () => 1));
        Assert.Null(DeviceChoice.Note("auto", DeviceType.CPU, () => 0));
        Assert.Null(DeviceChoice.Note("cpu", DeviceType.CPU, () => 1));
        Assert.Null(DeviceChoice.Note("auto", DeviceType.CUDA, () => 1));
    }

    [Theory]
    [InlineData(ScalarType.Float32, false, false, ScalarType.Float32)]
    [InlineData(ScalarType.Float64, false, false, ScalarType.Float32)]
    [InlineData(ScalarType.Float16, false, false, ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16, false, false, ScalarType.BFloat16)]
    [InlineData(ScalarType.BFloat16, false, true, ScalarType.Float16)]
    [InlineData(ScalarType.Float16, true, false, ScalarType.BFloat16)]
    public void For_AnotherDeviceThanTheCpu_TakesFloat16AsItIs(
        ScalarType checkpoint, bool bf16, bool fp16, ScalarType expected) =>
        Assert.Equal(new BaseType(expected, null), BaseType.For(META, checkpoint, bf16, fp16));

    [Fact]
    public void For_Cpu_TakesBFloat16InPlaceOfFloat16() =>
        Assert.Equal(ScalarType.BFloat16, BaseType.For(CPU, ScalarType.Float16, bf16: false, fp16: false).DType);
}
