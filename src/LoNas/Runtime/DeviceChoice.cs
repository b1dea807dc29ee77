using System.Globalization;
using TorchSharp;

namespace LoNas.Runtime;

/// <summary>Which device a model computes on, by the names that <c>--device</c> takes.</summary>
public static class DeviceChoice
{
    /// <summary>The names there are.</summary>
    public const string Names = "auto, cpu, cuda or cuda:N";

    private const string VisibleDevices = "CUDA_VISIBLE_DEVICES";

    /// <summary>Whether a text is such a name; whether there is such a device is another question.</summary>
    public static bool IsName(string name) => name is "auto" or "cpu" or "cuda" || Index(name) is not null;

    /// <summary>The device of a name: <c>auto</c> takes the first CUDA device, and the CPU where there is none.</summary>
    /// <exception cref="ArgumentException">No such name, or no such device here; the message says what there is.</exception>
    public static torch.Device Of(string name)
    {
        var (type, index) = Of(name, CudaDevices, Environment.GetEnvironmentVariable(VisibleDevices));
        return new torch.Device(type, index);
    }

    /// <param name="name">The name.</param>
    /// <param name="cudaDevices">Counts the CUDA devices; asked only where it matters, since that starts CUDA.</param>
    /// <param name="visible">The value of CUDA_VISIBLE_DEVICES.</param>
    internal static (DeviceType Type, int Index) Of(string name, Func<int> cudaDevices, string? visible)
    {
        if (!IsName(name))
        {
            throw new ArgumentException($"--device is '{name}'; expected {Names}");
        }

        if (name == "cpu")
        {
            return (DeviceType.CPU, -1);
        }

        int count = cudaDevices();
        if (count == 0 && name == "auto")
        {
            return (DeviceType.CPU, -1);
        }

        int index = Index(name) ?? 0;
        return index < count ? (DeviceType.CUDA, index) : throw new ArgumentException(Missing(name, count, visible));
    }

    private static int CudaDevices() => torch.cuda.is_available() ? torch.cuda.device_count() : 0;

    private static int? Index(string name) =>
        name.StartsWith("cuda:", StringComparison.Ordinal)
        && int.TryParse(name.AsSpan("cuda:".Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? index
            : null;

    private static string Missing(string name, int count, string? visible)
    {
        var seen = visible is null ? "" : $" ({VisibleDevices} is '{visible}')";
        return count == 0
            ? $"--device {name}: no CUDA device is found{seen}; it takes an NVIDIA GPU with its driver and a libtorch with CUDA "
                + "(LONAS_LIBTORCH, docs/gpu.md); --device cpu computes without one"
            : $"--device {name}: there are {count} CUDA devices{seen}, counted from 0; give cuda:0"
                + (count > 1 ? $" to cuda:{count - 1}" : "");
    }
}
