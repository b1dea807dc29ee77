using LoNas.Cli.Options;
using LoNas.Runtime;

namespace LoNas.Cli.Model;

/// <summary>The flags that say where a model computes, alike in every command that has them.</summary>
internal static class DeviceFlags
{
    public const string Default = "auto";

    public static OptionTable<T> AddDevice<T>(
        this OptionTable<T> table,
        Func<T, string> getDevice,
        Func<T, string, T> setDevice,
        Func<T, bool> getTf32,
        Func<T, bool, T> setTf32) => table
        .Add("device", OptionValues.FreeText, getDevice, (o, v) => setDevice(o, v ?? ""),
            $"where the model computes: {DeviceChoice.Names}; auto takes a CUDA device where there is one")
        .Add("tf32", OptionValues.Switch, getTf32, setTf32,
            "multiply float32 matrices of a CUDA device in TensorFloat-32: faster, and three digits instead of seven");

    public static OptionProblems Device(this OptionProblems problems, string device) => problems.When(
        !DeviceChoice.IsName(device), $"--device is '{device}'; expected {DeviceChoice.Names}", "device");
}
