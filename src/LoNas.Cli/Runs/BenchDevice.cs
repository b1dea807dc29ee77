using LoNas.Runtime;
using TorchSharp;

namespace LoNas.Cli.Runs;

/// <summary>The device that a benchmark measures.</summary>
internal static class BenchDevice
{
    /// <summary>The device of a name, set up.</summary>
    public static torch.Device Open(string name, bool tf32)
    {
        var device = DeviceChoice.Of(name);
        if (device.type == DeviceType.CUDA)
        {
            torch.backends.cuda.matmul.allow_tf32 = tf32;
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
