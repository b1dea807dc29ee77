using TorchSharp;
using static TorchSharp.torch;

namespace LoNas.Runtime;

/// <summary>
/// Numbers of the host as tensors of a device. A CUDA device gets them from pinned memory, without the host waiting for
/// it.
/// </summary>
internal static class DeviceTensors
{
    /// <summary>A vector of integers.</summary>
    public static Tensor Of(long[] values, Device device) => Sent(tensor(values), device);

    /// <summary>A vector of truth values.</summary>
    public static Tensor Of(bool[] values, Device device) => Sent(tensor(values), device);

    /// <summary>
    /// A tensor of the CPU on the device, disposed with what was made on the way; the same one where that is the CPU.
    /// </summary>
    public static Tensor Sent(Tensor host, Device device)
    {
        if (device.type == DeviceType.CPU)
        {
            return host;
        }

        using (host)
        {
            // Freed while the copy is under way, pinned memory is used again only when that has ended.
            using var pinned = device.type == DeviceType.CUDA ? host.pin_memory() : host.alias();
            return pinned.to(device, non_blocking: true);
        }
    }
}
