using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Cli.Options;
using LoNas.Export.Gguf;

namespace LoNas.Cli.Extract;

/// <summary>The kinds of values that only written models have.</summary>
internal static class ExportValues
{
    private static readonly (string Suffix, long Bytes)[] Units =
        [("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("KIB", 1L << 10), ("MIB", 1L << 20),
            ("GIB", 1L << 30)];

    private static readonly Dictionary<string, ExportTarget> Targets = new(StringComparer.OrdinalIgnoreCase)
    {
        ["gguf"] = ExportTarget.Gguf,
        ["peft"] = ExportTarget.Peft,
        ["gguf-lora"] = ExportTarget.GgufLora,
    };

    /// <summary>What is written; null where nothing was said.</summary>
    public static OptionValue<ExportTarget?> Target { get; } = OptionValues.OneOf(Targets);

    /// <summary>A type of GGUF; null for the checkpoint's own.</summary>
    public static OptionValue<GgufType?> GgufDType { get; } = new(
        OptionShape.Scalar, "f32|f16|bf16|q8_0",
        text => GgufTypes.Parse(text) ?? throw new FormatException($"allowed: {GgufTypes.AllNames}"),
        value => value is { } type ? JsonValue.Create(type.ToString().ToLowerInvariant()) : null)
    {
        Choices = ["f32", "f16", "bf16", "q8_0"],
    };

    /// <summary>Bytes, such as 5GB or 500MiB.</summary>
    public static OptionValue<long> Size { get; } =
        new(OptionShape.Scalar, "SIZE", ParseSize, value => JsonValue.Create(Format(value)));

    private static long ParseSize(string text)
    {
        var upper = text.ToUpperInvariant();
        var (suffix, bytes) = Units.FirstOrDefault(unit => upper.EndsWith(unit.Suffix, StringComparison.Ordinal));
        return suffix is not null
            && long.TryParse(upper[..^suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out long count)
            && count > 0 && count <= long.MaxValue / bytes
            ? count * bytes
            : throw new FormatException("expected a size such as 5GB, 500MB or 2GiB");
    }

    private static string Format(long bytes) => Units.Where(unit => bytes % unit.Bytes == 0)
        .OrderByDescending(unit => unit.Bytes)
        .Select(
            unit => string.Create(CultureInfo.InvariantCulture, $"{bytes / unit.Bytes}{unit.Suffix.Replace('I', 'i')}"))
        .FirstOrDefault() ?? bytes.ToString(CultureInfo.InvariantCulture);
}
