using static TorchSharp.torch;

namespace LoNas.Export;

/// <summary>The element types of weights and their names in config.json and as users write them.</summary>
public static class ElementTypes
{
    private static readonly (ScalarType Type, string[] Names)[] Rows =
    [
        (ScalarType.Float32, ["float32", "f32", "fp32"]),
        (ScalarType.Float16, ["float16", "f16", "fp16"]),
        (ScalarType.BFloat16, ["bfloat16", "bf16"]),
    ];

    /// <summary>Every name that <see cref="Parse"/> takes.</summary>
    public static string AllNames => string.Join(", ", Rows.SelectMany(row => row.Names));

    /// <summary>The type of a name, whatever its case; null where there is none.</summary>
    public static ScalarType? Parse(string name) => Rows
        .Where(row => row.Names.Contains(name.ToLowerInvariant())).Select(row => (ScalarType?)row.Type)
        .FirstOrDefault();

    /// <summary>The name in config.json.</summary>
    public static string NameOf(ScalarType type) => Rows.First(row => row.Type == type).Names[0];
}
