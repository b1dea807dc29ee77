using static TorchSharp.torch;

namespace LoNas.Export.Gguf;

/// <summary>The element types of GGUF tensors that are supported. The numbers are ggml's.</summary>
public enum GgufType
{
    /// <summary>32-bit floating point.</summary>
    F32 = 0,

    /// <summary>16-bit floating point.</summary>
    F16 = 1,

    /// <summary>Blocks of 32 8-bit integers with a 16-bit scale: 8.5 bits per element.</summary>
    Q8_0 = 8,

    /// <summary>bfloat16: 16 bits with the range of 32-bit floating point.</summary>
    BF16 = 30,
}

/// <summary>The names of the types in options, and their conversions.</summary>
public static class GgufTypes
{
    /// <summary>All names that <see cref="Parse"/> accepts.</summary>
    public static string AllNames => $"{ElementTypes.AllNames}, q8_0";

    /// <summary>The type with this name, ignoring case; null if there is none.</summary>
    public static GgufType? Parse(string name) =>
        name.Equals("q8_0", StringComparison.OrdinalIgnoreCase) ? GgufType.Q8_0
        : ElementTypes.Parse(name) is { } type ? Of(type)
        : null;

    /// <summary>The type that matches the type of a checkpoint.</summary>
    public static GgufType Of(ScalarType type) => type switch
    {
        ScalarType.Float16 => GgufType.F16,
        ScalarType.BFloat16 => GgufType.BF16,
        _ => GgufType.F32,
    };

    /// <summary>llama.cpp's number for a file whose matrices are mostly of this type.</summary>
    internal static int FileType(GgufType type) => type switch
    {
        GgufType.F16 => 1,
        GgufType.Q8_0 => 7,
        GgufType.BF16 => 32,
        _ => 0,
    };
}
