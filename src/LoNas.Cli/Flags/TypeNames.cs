using System.Text.Json.Nodes;
using LoNas.Cli.Options;
using LoNas.Export;
using static TorchSharp.torch;

namespace LoNas.Cli.Flags;

/// <summary>Element types as every <c>--dtype</c> names them.</summary>
internal static class TypeNames
{
    /// <summary>The names that help says; others are taken too.</summary>
    private static readonly string[] Shown = ["f32", "f16", "bf16"];

    /// <summary>An element type; null where none is asked for.</summary>
    public static OptionValue<ScalarType?> Value { get; } = new(
        OptionShape.Scalar, string.Join('|', Shown), text => IsNone(text) ? null : Parse(text),
        value => value is { } type ? JsonValue.Create(ElementTypes.NameOf(type)) : null)
    {
        Choices = Shown,
    };

    /// <summary>Several element types, under the names of config.json; an unknown name stays as it is.</summary>
    public static OptionValue<IReadOnlyList<string>> Several { get; } = OptionValues.List with
    {
        Label = string.Join(',', Shown),
        Choices = Shown,
        Parse = text => [.. OptionValues.List.Parse(text).Select(
            name => ElementTypes.Parse(name) is { } type ? ElementTypes.NameOf(type) : name)],
    };

    /// <summary>The name that help says.</summary>
    public static string Short(ScalarType? type) => type switch
    {
        ScalarType.BFloat16 => "bf16",
        ScalarType.Float16 => "f16",
        _ => "f32",
    };

    private static ScalarType Parse(string text) =>
        ElementTypes.Parse(text) ?? throw new FormatException($"allowed: {ElementTypes.AllNames}");

    private static bool IsNone(string text) => text.Equals(OptionValues.None, StringComparison.OrdinalIgnoreCase);
}
