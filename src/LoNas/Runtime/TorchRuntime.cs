using System.Runtime.InteropServices;
using TorchSharp;

namespace LoNas.Runtime;

/// <summary>Starts libtorch: checks that it loads, sets the allocator and the number of threads. Call it first.</summary>
public static partial class TorchRuntime
{
    // glibc's mallopt parameters. Blocks above the mmap threshold are mapped and faulted in again at every step;
    // kept on the heap, training steps were measured 10 to 25 % faster.
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;

    private static readonly Lock Gate = new();
    private static bool _ready;

    /// <summary>Prepares libtorch; later calls only set the thread count.</summary>
    /// <param name="threads">Threads of one tensor operation; null takes the physical cores this process may use.</param>
    /// <exception cref="NativeLibraryException">libtorch is missing or can't be loaded; the message says why.</exception>
    public static void Initialize(int? threads = null)
    {
        lock (Gate)
        {
            if (!_ready)
            {
                SetAllocator();
                NativeLibraryCheck.RequireTorch();
                _ready = true;
            }

            torch.set_num_threads(threads ?? ProcessorCores.Physical());
        }
    }

    private static void SetAllocator()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = MallocOption(MmapThreshold, 1 << 30);
            _ = MallocOption(TrimThreshold, int.MaxValue);
        }
        catch (EntryPointNotFoundException)
        {
            // A libc without mallopt, such as musl: the tuning does not apply there.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallocOption(int parameter, int value);
}
