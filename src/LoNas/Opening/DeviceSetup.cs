using LoNas.Errors;
using LoNas.Runtime;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace LoNas.Opening;

/// <summary>Sets the device up that a name means.</summary>
internal static class DeviceSetup
{
    /// <summary>The device; where it is another than might be thought, the log says so.</summary>
    /// <param name="name">One of <see cref="DeviceChoice.Names"/>.</param>
    /// <param name="tf32">Whether a GPU multiplies float32 matrices in TensorFloat-32.</param>
    /// <param name="logger">Takes warnings.</param>
    public static torch.Device Open(string name, bool tf32, ILogger logger)
    {
        var device = DeviceChoice.Of(name);
        if (DeviceChoice.Note(name, device) is { } note)
        {
            logger.Warn(note, Setting.Device);
        }

        if (device.type == DeviceType.CUDA)
        {
            torch.backends.cuda.matmul.allow_tf32 = tf32;
        }
        else if (tf32)
        {
            logger.Warn("TensorFloat-32 has no effect on a CPU");
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

/// <summary>Starts libtorch, and says once in a process what there is to say about it.</summary>
internal static class TorchStart
{
    private static int _isStarted;
    private static int _isTold;

    /// <param name="threads">
    /// Threads of a CPU; null is the number of physical cores where libtorch is not started yet, else as it is.
    /// </param>
    /// <param name="logger">Takes what there is to say.</param>
    public static void Start(int? threads, ILogger logger)
    {
        if (threads is not null || Interlocked.Exchange(ref _isStarted, 1) == 0)
        {
            TorchRuntime.Initialize(threads);
        }

        Volatile.Write(ref _isStarted, 1);
        if (TorchRuntime.Warning is { } warning && Interlocked.Exchange(ref _isTold, 1) == 0)
        {
            logger.Warn(warning);
        }
    }
}
