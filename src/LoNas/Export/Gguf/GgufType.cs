namespace LoNas.Export.Gguf;

/// <summary>The element types of GGUF tensors that are written; the numbers are ggml's.</summary>
public enum GgufType
{
    /// <summary>32-bit floating point.</summary>
    F32 = 0,

    /// <summary>16-bit floating point.</summary>
    F16 = 1,

    /// <summary>Blocks of 32 whole numbers of 8 bits with a 16-bit scale: 8.5 bits an element.</summary>
    Q8_0 = 8,

    /// <summary>16 bits with the range of 32.</summary>
    BF16 = 30,
}
