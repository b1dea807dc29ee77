using System.Globalization;
using LoNas.Errors;
using TorchSharp;

namespace LoNas.Runtime;

/// <summary>Which device a model computes on, by name.</summary>
public static class DeviceChoice
{
    /// <summary>The names there are.</summary>
    public const string Names = "auto, cpu, cuda or cuda:N";

    private const string VisibleDevices = "CUDA_VISIBLE_DEVICES";

    private const string WithoutCuda =
        "the libtorch in use has no CUDA, give one that has (LONAS_LIBTORCH, or a build with LONAS_TORCH=cuda; "
        + "docs/gpu.md)";

    /// <summary>Whether a text is such a name; whether there is such a device is another question.</summary>
    public static bool IsName(string name) => name is "auto" or "cpu" or "cuda" || Index(name) is not null;

    /// <summary>
    /// The device of a name: <c>auto</c> takes the first CUDA device, and the CPU where there is none.
    /// </summary>
    /// <exception cref="ArgumentException">No such name, or no such device here; the message says what there
    /// is.</exception>
    /// <exception cref="NativeLibraryException">libtorch is not loaded yet and can't be.</exception>
    public static torch.Device Of(string name)
    {
        TorchRuntime.Require();
        var (type, index) = Of(
            name, CudaDevices, DeviceMemory.DriverDevices, Environment.GetEnvironmentVariable(VisibleDevices));
        return new torch.Device(type, index);
    }

    /// <summary>
    /// The name of the device for one of several processes of a machine: where a name leaves open which of several CUDA
    /// devices it is, each takes one of its own.
    /// </summary>
    /// <param name="name">The name that all were given.</param>
    /// <param name="localRank">The number of this process on its machine, from 0.</param>
    public static string OfRank(string name, int localRank)
    {
        if (name is not ("auto" or "cuda"))
        {
            return name;
        }

        TorchRuntime.Require();
        return OfRank(name, localRank, CudaDevices());
    }

    // A launcher that gives each process the sight of one device has chosen already.
    internal static string OfRank(string name, int localRank, int devices) => devices > 1 ? $"cuda:{localRank}" : name;

    /// <summary>What the user should know about the device that a name stands for; null for nothing.</summary>
    public static string? Note(string name, torch.Device device) => Note(name, device.type, DeviceMemory.DriverDevices);

    /// <param name="name">The name.</param>
    /// <param name="chosen">What it stands for.</param>
    /// <param name="driverDevices">Counts the GPUs that the driver has.</param>
    internal static string? Note(string name, DeviceType chosen, Func<int> driverDevices) =>
        name == "auto" && chosen == DeviceType.CPU && driverDevices() > 0
            ? $"computing on the CPU, though there is an NVIDIA GPU: {WithoutCuda}"
            : null;

    /// <param name="name">The name.</param>
    /// <param name="cudaDevices">Counts the CUDA devices; asked only where it matters, since that starts CUDA.</param>
    /// <param name="driverDevices">Counts the GPUs that the driver has, whatever libtorch makes of them.</param>
    /// <param name="visible">The value of CUDA_VISIBLE_DEVICES.</param>
    internal static (DeviceType Type, int Index) Of(
        string name, Func<int> cudaDevices, Func<int> driverDevices, string? visible)
    {
        if (!IsName(name))
        {
            throw new ArgumentException($"The device '{name}' is unknown; expected {Names}").About(Setting.Device);
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
        return index < count
            ? (DeviceType.CUDA, index)
            : throw new ArgumentException(Missing(name, count, driverDevices, visible)).About(Setting.Device);
    }

    private static int CudaDevices() => torch.cuda.is_available() ? torch.cuda.device_count() : 0;

    private static int? Index(string name) =>
        name.StartsWith("cuda:", StringComparison.Ordinal)
        && int.TryParse(name.AsSpan("cuda:".Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? index
            : null;

    private static string Missing(string name, int count, Func<int> driverDevices, string? visible)
    {
        var seen = visible is null ? "" : $" ({VisibleDevices} is '{visible}')";
        return $"The device '{name}' can't be used: " + count switch
        {
            0 when driverDevices() > 0 => $"{WithoutCuda}; cpu computes without one",
            0 => $"no CUDA device is found{seen}; it takes an NVIDIA GPU with its driver and a libtorch with CUDA "
                + "(LONAS_LIBTORCH, docs/gpu.md); cpu computes without one",
            1 => $"there is one CUDA device{seen}; give cuda:0",
            _ => $"there are {count} CUDA devices{seen}, counted from 0; give cuda:0 to cuda:{count - 1}",
        };
    }
}
