using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace LoNas.Kernels;

/// <summary>
/// Where kernels find a tensor's memory, and how rows are shared among threads. A row is always computed by one thread and
/// on its own, so results don't depend on how many there are.
/// </summary>
internal static unsafe class KernelRows
{
    /// <summary>Elements below which a second thread costs more than it brings.</summary>
    private const long ElementsPerThread = 1 << 14;

    /// <summary>Whether kernels can compute with this type on this device; libtorch does elsewhere.</summary>
    public static bool Supports(Tensor tensor) =>
        tensor.device_type == TorchSharp.DeviceType.CPU && tensor.dtype is ScalarType.Float32 or ScalarType.BFloat16
        && tensor.numel() * tensor.element_size() <= int.MaxValue;

    /// <summary>The first element's address; valid while the tensor lives.</summary>
    /// <param name="tensor">A contiguous tensor on the CPU.</param>
    public static nint Address(Tensor tensor) =>
        (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));

    /// <summary>Computes rows, a range at a time, on as many threads as libtorch may use.</summary>
    /// <param name="rows">How many rows.</param>
    /// <param name="width">Elements of a row, by which threads are chosen.</param>
    /// <param name="compute">Computes the rows from its first argument up to its second.</param>
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
