using LoNas.Cli.Output;
using LoNas.Runtime;
using TorchSharp;

namespace LoNas.Cli.Model;

/// <summary>The device that <c>--device</c> names.</summary>
internal static class ChosenDevice
{
    /// <summary>The device, set up; where it is another than might be thought, that is said.</summary>
    /// <param name="name">The flag's value.</param>
    /// <param name="tf32">Whether a GPU multiplies float32 matrices in TensorFloat-32.</param>
    /// <param name="console">Where warnings go; null for a part of a benchmark, whose parent has said them.</param>
    public static torch.Device Open(string name, bool tf32, ConsoleReporter? console)
    {
        var device = DeviceChoice.Of(name);
        if (DeviceChoice.Note(name, device) is { } note)
        {
            console?.Warn($"{note}; --device cpu says so without this warning");
        }

        if (device.type == DeviceType.CUDA)
        {
            torch.backends.cuda.matmul.allow_tf32 = tf32;
        }
        else if (tf32)
        {
            console?.Warn("--tf32 has no effect on a CPU");
        }

        return device;
    }

    /// <summary>Waits until the device has done what it was given, so that a clock sees it.</summary>
    public static void Wait(torch.Device device)
    {
        if (device.type == DeviceType.CUDA)
        {
            torch.cuda.synchronize(device);
        }
    }
}
