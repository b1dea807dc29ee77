using LoNas.Cli.Options;
using LoNas.Formats.Nncf;

namespace LoNas.Cli.Inspect;

/// <summary>The options of <c>make-config</c>; what they do stands in <see cref="MakeConfigTable"/>. Null: the preset's.</summary>
internal sealed record MakeConfigOptions
{
    public string ModelNameOrPath { get; init; } = "";

    public string? ModelRevision { get; init; }

    /// <summary>Never null once validated.</summary>
    public NncfPreset? Preset { get; init; }

    public IReadOnlyList<string> TargetModules { get; init; } = [];

    public IReadOnlyList<int>? Ranks { get; init; }

    public IReadOnlyList<double>? MlpRatios { get; init; }

    public IReadOnlyList<double>? HeadRatios { get; init; }

    public int? Epochs { get; init; }

    public double? InitLr { get; init; }

    public int? SampleTokens { get; init; }

    public int? NumEvals { get; init; }

    public int? Population { get; init; }

    public double? RefAcc { get; init; }

    /// <summary>Null: standard output.</summary>
    public string? Output { get; init; }

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate() => new OptionProblems()
        .Required("model_name_or_path", ModelNameOrPath, "give a Hugging Face folder, its config.json or a hub name")
        .When(Preset is null, "--preset is missing: give math, commonsense or glue", "preset")
        .When(Ranks is not null && !Descends(Ranks.Select(rank => (double)rank)),
            "--ranks must descend, such as 32,28", "ranks")
        .When(!AreRatios(MlpRatios), "--mlp_ratios must descend from 1 and stay above 0, such as 1,0.75,0.5", "mlp_ratios")
        .When(!AreRatios(HeadRatios), "--head_ratios must descend from 1 and stay above 0, such as 1,0.5", "head_ratios")
        .AtLeast("epochs", Epochs, 1)
        .AtLeast("init_lr", InitLr, 0)
        .AtLeast("sample_tokens", SampleTokens, 1)
        .AtLeast("num_evals", NumEvals, 1)
        .AtLeast("population", Population, 1)
        .AtLeast("ref_acc", RefAcc, -1)
        .Found;

    private static bool AreRatios(IReadOnlyList<double>? list) => list is null || (Descends(list) && list[0] == 1);

    private static bool Descends(IEnumerable<double> list)
    {
        var values = list.ToArray();
        return values.Length > 0 && values[^1] > 0 && values.Zip(values.Skip(1)).All(pair => pair.First > pair.Second);
    }
}
