using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Generation;

namespace LoNas.Cli.Generate;

/// <summary>The options of <c>generate</c>; what they do stands in <see cref="GenerateTable"/>.</summary>
internal sealed record GenerateOptions
{
    public string ModelNameOrPath { get; init; } = "";

    /// <summary>Null: main.</summary>
    public string? ModelRevision { get; init; }

    public bool Bf16 { get; init; }

    public bool Fp16 { get; init; }

    public string Device { get; init; } = DeviceFlags.Default;

    public bool Tf32 { get; init; }

    public string? LoraWeights { get; init; }

    public string? NncfConfig { get; init; }

    /// <summary>Null: the heuristic one with a configuration, otherwise the whole adapter.</summary>
    public string? SubAdapter { get; init; }

    public double? MaxMacs { get; init; }

    public double? MinAccuracy { get; init; }

    /// <summary>Null with <see cref="InputIds"/>; empty means the start token alone.</summary>
    public string? Prompt { get; init; }

    public string? Input { get; init; }

    public bool Raw { get; init; }

    /// <summary>The prompt as tokens; null: <see cref="Prompt"/> is encoded.</summary>
    public IReadOnlyList<int>? InputIds { get; init; }

    public int MaxNewTokens { get; init; } = 128;

    public int NumBeams { get; init; } = 1;

    public int NumReturnSequences { get; init; } = 1;

    public double LengthPenalty { get; init; } = 1;

    public BeamLength BeamLength { get; init; } = BeamLength.Whole;

    /// <summary>Null: the tokenizer's, or none without one.</summary>
    public int? EosTokenId { get; init; }

    public bool DoSample { get; init; }

    public double Temperature { get; init; } = 1;

    public int TopK { get; init; } = 50;

    public double TopP { get; init; } = 1;

    public bool Json { get; init; }

    public long Seed { get; init; } = 42;

    /// <summary>Null: one for each physical core.</summary>
    public int? Threads { get; init; }

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate() => GenerateRules.Check(this);
}
