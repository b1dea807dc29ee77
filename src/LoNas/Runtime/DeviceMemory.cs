using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using TorchSharp;

namespace LoNas.Runtime;

/// <summary>The memory of the device that a model computes on.</summary>
public static unsafe class DeviceMemory
{
    private static readonly ConcurrentDictionary<int, nint> Contexts = [];
    private static readonly ConcurrentDictionary<int, long?> FirstFree = [];

    /// <summary>
    /// Bytes that may still be taken: of a GPU what its driver says, else <see cref="FreeMemory.Bytes"/>.
    /// </summary>
    /// <returns>Null where the driver does not say.</returns>
    public static long? Free(torch.Device device) =>
        device.type == DeviceType.CPU ? FreeMemory.Bytes : Driver(device)?.Free;

    /// <summary>
    /// The same of a GPU as it was when this was first asked for, which is when a model had been put there: libtorch
    /// keeps what it once took, and so has as much for later work whatever the driver says.
    /// </summary>
    /// <returns>Null where the driver does not say.</returns>
    public static long? Room(torch.Device device) =>
        device.type == DeviceType.CPU ? FreeMemory.Bytes : FirstFree.GetOrAdd(device.index, _ => Free(device));

    /// <summary>
    /// Bytes of a GPU that are taken, by this process and others; null on a CPU and where the driver does not say.
    /// </summary>
    public static long? Taken(torch.Device device) =>
        device.type == DeviceType.CUDA && Driver(device) is var (free, total) ? total - free : null;

    /// <summary>GPUs that the driver has for this process; 0 without a driver.</summary>
    internal static int DriverDevices()
    {
        if (!TryDriver(out nint driver))
        {
            return 0;
        }

        var start = (delegate* unmanaged<uint, int>)NativeLibrary.GetExport(driver, "cuInit");
        var number = (delegate* unmanaged<int*, int>)NativeLibrary.GetExport(driver, "cuDeviceGetCount");
        int count;
        return start(0) == 0 && number(&count) == 0 ? count : 0;
    }

    private static bool TryDriver(out nint driver) =>
        NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda" : "libcuda.so.1", out driver);

    // TorchSharp binds no memory statistics; the driver's own functions are in every installation. Its context is the
    // one that libtorch uses, kept once it was asked for.
    private static (long Free, long Total)? Driver(torch.Device device)
    {
        if (!TryDriver(out nint driver))
        {
            return null;
        }

        var push = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(driver, "cuCtxPushCurrent_v2");
        var pop = (delegate* unmanaged<nint*, int>)NativeLibrary.GetExport(driver, "cuCtxPopCurrent_v2");
        var info = (delegate* unmanaged<nuint*, nuint*, int>)NativeLibrary.GetExport(driver, "cuMemGetInfo_v2");
        nint context = Contexts.GetOrAdd(device.index, index => Context(driver, index));
        if (context == 0 || push(context) != 0)
        {
            return null;
        }

        nuint free, total;
        int error = info(&free, &total);
        pop(&context);
        return error == 0 ? ((long)free, (long)total) : null;
    }

    /// <summary>
    /// The primary context of a device, counted as CUDA_VISIBLE_DEVICES leaves them; 0 where there is none.
    /// </summary>
    private static nint Context(nint driver, int index)
    {
        var find = (delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGet");
        var retain = (delegate* unmanaged<nint*, int, int>)NativeLibrary.GetExport(driver, "cuDevicePrimaryCtxRetain");
        int device;
        nint context;
        return find(&device, index) == 0 && retain(&context, device) == 0 ? context : 0;
    }
}
