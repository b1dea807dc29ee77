using LoNas.Cli.Options;
using LoNas.Generation;

namespace LoNas.Cli.Flags;

/// <summary>
/// How long answers are and how their tokens are drawn. A chat takes from the model's generation_config.json what no
/// flag says.
/// </summary>
internal sealed record SamplingFlags
{
    private static readonly SamplingOptions Usual = new();

    /// <summary>Null: the command's default.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Null: no, or what the model's file says.</summary>
    public bool? DoSample { get; init; }

    /// <summary>Null: 1, or what the model's file says.</summary>
    public double? Temperature { get; init; }

    /// <summary>Null: 50, or what the model's file says.</summary>
    public int? TopK { get; init; }

    /// <summary>Null: 1, or what the model's file says.</summary>
    public double? TopP { get; init; }

    /// <summary>Whether it says how tokens are drawn, which only drawing heeds.</summary>
    private bool SaysHow => (Temperature ?? Usual.Temperature) != Usual.Temperature
        || (TopK ?? Usual.TopK) != Usual.TopK || (TopP ?? Usual.TopP) != Usual.TopP;

    /// <summary>How long answers are.</summary>
    /// <param name="table">The flags.</param>
    /// <param name="otherwise">What is taken where it is not given.</param>
    public static void LengthRow(OptionTable<SamplingFlags> table, string otherwise) => table
        .Add("max_new_tokens", OptionValues.OptionalInteger, o => o.MaxNewTokens,
            (o, v) => o with { MaxNewTokens = v }, "most tokens generated", otherwise);

    /// <summary>How tokens are drawn.</summary>
    /// <param name="table">The flags.</param>
    /// <param name="of">Put before each default, such as a file that goes before.</param>
    public static void Rows(OptionTable<SamplingFlags> table, string of = "") => table
        .Group("Sampling")
        .Add("do_sample", OptionValues.Switch, o => o.DoSample ?? false, (o, v) => o with { DoSample = v },
            "draw tokens instead of taking the best; --seed sets the draws", of.Length == 0 ? null : $"{of}False")
        .Add("temperature", OptionValues.OptionalNumber, o => o.Temperature, (o, v) => o with { Temperature = v },
            "below 1 sharpens, above 1 flattens the distribution", $"{of}{Usual.Temperature}")
        .Add("top_k", OptionValues.OptionalInteger, o => o.TopK, (o, v) => o with { TopK = v },
            "draw from the best so many tokens; 0: all", $"{of}{Usual.TopK}")
        .Add("top_p", OptionValues.OptionalNumber, o => o.TopP, (o, v) => o with { TopP = v },
            "draw from the fewest best tokens whose probabilities reach this sum", $"{of}{Usual.TopP}");

    /// <summary>Notes what is wrong.</summary>
    /// <param name="problems">Takes it.</param>
    /// <param name="draws">Whether tokens may be drawn without a flag.</param>
    public void Check(OptionProblems problems, bool draws) => problems
        .AtLeast("max_new_tokens", MaxNewTokens, 1)
        .When(SaysHow && DoSample != true && !(draws && DoSample is null), NeedsSampling, "do_sample", "temperature",
            "top_k", "top_p")
        .Positive("temperature", Temperature)
        .AtLeast("top_k", TopK, 0)
        .Positive("top_p", TopP)
        .When(TopP > 1, $"--top_p is {TopP}; expected at most 1", "top_p");

    /// <summary>The options of a generation.</summary>
    /// <param name="defaults">What the model's file says where no flag does.</param>
    /// <param name="length">Most new tokens where neither does.</param>
    /// <param name="seed">Sets the draws.</param>
    /// <exception cref="ArgumentException">A flag says how tokens are drawn, and none are.</exception>
    public GenerationOptions Settings(GenerationDefaults defaults, int length, long seed)
    {
        bool draws = DoSample ?? defaults.DoSample ?? false;
        if (!draws && SaysHow)
        {
            throw new ArgumentException(NeedsSampling);
        }

        return new GenerationOptions
        {
            MaxNewTokens = MaxNewTokens ?? defaults.MaxNewTokens ?? length,
            Sampling = !draws ? null : new SamplingOptions
            {
                Temperature = Temperature ?? defaults.Temperature ?? Usual.Temperature,
                TopK = TopK ?? defaults.TopK ?? Usual.TopK,
                TopP = TopP ?? defaults.TopP ?? Usual.TopP,
                Seed = seed,
            },
        };
    }

    /// <summary>What is taken from the model's file, as people read it; empty where nothing is.</summary>
    public string Taken(GenerationDefaults defaults)
    {
        bool draws = DoSample ?? defaults.DoSample ?? false;
        var taken = new (string Name, object? Given, object? Value)[]
        {
            ("do_sample", DoSample, defaults.DoSample),
            ("temperature", draws ? Temperature : 1, defaults.Temperature),
            ("top_k", draws ? TopK : 0, defaults.TopK),
            ("top_p", draws ? TopP : 1, defaults.TopP),
            ("max_new_tokens", MaxNewTokens, defaults.MaxNewTokens),
        };
        return string.Join(", ", taken.Where(entry => entry is { Given: null, Value: not null })
            .Select(entry => FormattableString.Invariant($"{entry.Name} {entry.Value}")));
    }

    private const string NeedsSampling = "--temperature, --top_k and --top_p need --do_sample";
}
