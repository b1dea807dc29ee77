using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>The block of memory that a saved tensor is a view of: the entry <c>data/{Key}</c> of the archive.</summary>
internal sealed record TorchStorage(string Key, ScalarType DType, long Count);

/// <summary>A saved tensor: a view of a storage. Offset and strides are in elements.</summary>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, long[] Shape, long[] Strides);

/// <summary>
/// The names that may occur in the pickle of a PyTorch state dict. All others are refused, since a pickle could
/// otherwise import and call anything. An allowed name becomes a plain record. Source: torch/_utils.py,
/// torch/serialization.py.
/// </summary>
internal static class TorchPickle
{
    private const string OrderedDict = "collections.OrderedDict";
    private const string RebuildTensor = "torch._utils._rebuild_tensor_v2";
    private const string RebuildParameter = "torch._utils._rebuild_parameter";

    private static readonly Dictionary<string, ScalarType> Storages = new()
    {
        ["torch.DoubleStorage"] = ScalarType.Float64,
        ["torch.FloatStorage"] = ScalarType.Float32,
        ["torch.HalfStorage"] = ScalarType.Float16,
        ["torch.BFloat16Storage"] = ScalarType.BFloat16,
        ["torch.LongStorage"] = ScalarType.Int64,
        ["torch.IntStorage"] = ScalarType.Int32,
        ["torch.ShortStorage"] = ScalarType.Int16,
        ["torch.CharStorage"] = ScalarType.Int8,
        ["torch.ByteStorage"] = ScalarType.Byte,
        ["torch.BoolStorage"] = ScalarType.Bool,
    };

    /// <summary>The name of the storage class for an element type, without the module name torch.</summary>
    public static string StorageName(ScalarType type) =>
        Storages.FirstOrDefault(storage => storage.Value == type).Key is { } name
            ? name["torch.".Length..]
            : throw new ArgumentException($"PyTorch's files have no storage of {type}");

    /// <summary>The record for an allowed name.</summary>
    public static object Global(string module, string name)
    {
        var full = $"{module}.{name}";
        if (Storages.TryGetValue(full, out var type))
        {
            return new StorageType(type);
        }

        return full is OrderedDict or RebuildTensor or RebuildParameter
            ? new Function(full)
            : throw new InvalidDataException(
                $"its pickle names '{Excerpt.Of(full)}', which no state dict needs and which is not run here; get the "
                + "weights as safetensors, or save the plain state dict");
    }

    /// <summary>The value that a call of an allowed function builds.</summary>
    public static object Call(object? callee, object?[] arguments) => (callee, arguments) switch
    {
        (Function(OrderedDict), []) => new PickleDict(),
        (Function(RebuildTensor), [TorchStorage storage, long offset, object?[] shape, object?[] strides, ..])
            when shape.All(IsLong) && strides.All(IsLong) =>
            new TorchTensor(storage, offset, [.. shape.Cast<long>()], [.. strides.Cast<long>()]),
        (Function(RebuildParameter), [TorchTensor tensor, ..]) => tensor,
        (Function(var name), _) => throw new InvalidDataException(
            $"its pickle calls '{name}' with {arguments.Length} arguments that do not fit"),
        _ => throw new InvalidDataException("its pickle calls something that is no function"),
    };

    /// <summary>The storage that a persistent id names: ("storage", type, key, device, number of elements).</summary>
    public static TorchStorage Storage(object? id) =>
        id is object?[] and ["storage", StorageType(var type), string key, _, long count, ..]
            ? new TorchStorage(key, type, count)
            : throw new InvalidDataException("its pickle refers to something outside that is no storage");

    private static bool IsLong(object? value) => value is long;

    private sealed record Function(string Name);

    private sealed record StorageType(ScalarType DType);
}
