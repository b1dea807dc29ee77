using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace LoNas.Kernels;

/// <summary>
/// Gives kernels the memory of a tensor and splits rows among threads. Each row is computed by one thread,
/// independently of other rows, so results do not depend on the number of threads.
/// </summary>
internal static unsafe class KernelRows
{
    /// <summary>With fewer elements, a second thread costs more than it saves.</summary>
    private const long ElementsPerThread = 1 << 14;

    /// <summary>Whether the kernels support this tensor; if not, libtorch's operations are used.</summary>
    public static bool Supports(Tensor tensor) =>
        tensor.device_type == TorchSharp.DeviceType.CPU && tensor.dtype is ScalarType.Float32 or ScalarType.BFloat16
        && tensor.numel() * tensor.element_size() <= int.MaxValue;

    /// <summary>The address of the first element; valid while the tensor is alive.</summary>
    /// <param name="tensor">A contiguous tensor on the CPU.</param>
    public static nint Address(Tensor tensor) =>
        (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));

    /// <summary>Computes rows in ranges, on at most as many threads as libtorch may use.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="width">The number of elements in a row, which determines the number of threads.</param>
    /// <param name="compute">Computes the rows from its first argument up to, but not including, its second.</param>
    public static void Run(long rows, long width, Action<long, long> compute)
    {
        int parts = (int)Math.Min(Math.Min(get_num_threads(), rows), Math.Max(1, rows * width / ElementsPerThread));
        if (parts == 1)
        {
            compute(0, rows);
            return;
        }

        Parallel.For(0, parts, part => compute(rows * part / parts, rows * (part + 1) / parts));
    }
}
