using System.Runtime.InteropServices;
using TorchSharp;

namespace LoNas.Runtime;

/// <summary>The memory of the device that a model computes on.</summary>
public static partial class DeviceMemory
{
    /// <summary>Bytes that may still be taken: of a GPU what its driver says, else <see cref="FreeMemory.Bytes"/>.</summary>
    /// <returns>Null where the driver does not say.</returns>
    public static long? Free(torch.Device device) => device.type == DeviceType.CPU ? FreeMemory.Bytes : Driver()?.Free;

    /// <summary>Bytes of a GPU that are taken, by this process and others; null on a CPU and where the driver does not say.</summary>
    public static long? Taken(torch.Device device) =>
        device.type == DeviceType.CUDA && Driver() is var (free, total) ? total - free : null;

    /// <summary>Of the device that this thread last used.</summary>
    private static (long Free, long Total)? Driver()
    {
        try
        {
            int error = OperatingSystem.IsWindows()
                ? WindowsMemory(out nuint free, out nuint total)
                : LinuxMemory(out free, out total);
            return error == 0 ? ((long)free, (long)total) : null;
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    // TorchSharp binds no memory statistics; the driver's own function is in every installation.
    [LibraryImport("libcuda.so.1", EntryPoint = "cuMemGetInfo_v2")]
    private static partial int LinuxMemory(out nuint free, out nuint total);

    [LibraryImport("nvcuda", EntryPoint = "cuMemGetInfo_v2")]
    private static partial int WindowsMemory(out nuint free, out nuint total);
}
