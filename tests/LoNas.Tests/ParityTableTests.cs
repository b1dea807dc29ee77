using LoNas.Tests.Support;

namespace LoNas.Tests;

/// <summary>The table of docs/parity.md: no recording may lack a row in it.</summary>
public sealed class ParityTableTests
{
    /// <summary>What each recording holds: its rows' names begin so.</summary>
    public static TheoryData<string> Rows =>
    [
        .. Folders("*-tiny*").Where(name => !name.EndsWith("-lora", StringComparison.Ordinal)
                && !name.EndsWith("-elastic", StringComparison.Ordinal))
            .SelectMany(name => new[] { $"{name} logits", $"{name} loss" }),
        .. Folders("*-elastic").SelectMany(name => new[] { $"{name} logits", $"{name} loss", $"{name} gradients" }),
        .. Folders("*-lora").SelectMany(name => new[]
        {
            $"{name} logits", $"{name} loss", $"{name} gradients", $"{name} gradient norms", $"{name} losses, noclip",
            $"{name} losses, clip1", $"{name} weights after 5 steps, noclip", $"{name} weights after 5 steps, clip1",
        }),
        .. Generations("generation.json").SelectMany(name => new[] { $"{name} sequences", $"{name} scores of beams" }),
        .. Generations("generation_4.47.1.json").SelectMany(name => new[]
        {
            $"{name} sequences, Transformers 4.47", $"{name} scores of beams, Transformers 4.47",
        }),
        .. ModernModel.Names.SelectMany(name => new[]
        {
            $"{name} logits", $"{name} logits of a long row", $"{name} loss", $"{name} loss of a long row",
            $"{name} sequences, Transformers 4.57", $"{name}-lora logits", $"{name}-lora loss",
            $"{name}-lora gradients",
            $"{name}-lora losses, noclip", $"{name}-lora weights after 5 steps, noclip", $"{name}-elastic logits",
            $"{name}-elastic loss",
        }),
        "llama-tiny-f16 logits, computed in its type", "llama-tiny-f16 loss, computed in its type",
        "llama-tiny-bf16 logits, computed in its type", "llama-tiny-bf16 loss, computed in its type",
        "nncf_llama_tiny groups and width lists", "nncf_llama_tiny FLOPs and weights", "nncf_llama_tiny loss",
        "nncf_llama_tiny learning rates", "nncf_llama_tiny trained parameters", "nncf_lr_schedule learning rates",
        "nsga2 ranks", "nsga2 crowding distances", "peft_dtype_rules types",
    ];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Table_EveryRecordedQuantity_HasARow(string quantity) => Assert.Contains(
        File.ReadLines(Path.Combine(Repository.Root, "docs", "parity.md")),
        line => line.StartsWith($"| {quantity} |", StringComparison.Ordinal)
            || line.StartsWith($"| {quantity}, Transformers 4.47 |", StringComparison.Ordinal));

    private static IEnumerable<string> Folders(string pattern) =>
        Directory.GetDirectories(Repository.Fixture(), pattern).Select(path => Path.GetFileName(path));

    private static IEnumerable<string> Generations(string file) =>
        Folders("*").Where(name => File.Exists(Repository.Fixture(name, file)));
}
