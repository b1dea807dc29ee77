using LoNas.Cli.Options;
using LoNas.Elastic;

namespace LoNas.Cli.Flags;

/// <summary>Names of flags that were given; options with the same values are the same whoever gave them.</summary>
internal readonly record struct GivenNames(IReadOnlyList<string> Names)
{
    public bool Contains(string name) => Names.Contains(name);

    public bool Equals(GivenNames other) => true;

    public override int GetHashCode() => 0;
}

/// <summary>The adapter that is trained.</summary>
internal sealed record NewAdapterFlags
{
    private static readonly LoraOptions Defaults = new();

    public bool Lora { get; init; }

    /// <summary>Null: the configuration's full rank; without one, the library's default.</summary>
    public int? LoraR { get; init; }

    public double LoraAlpha { get; init; } = Defaults.Alpha;

    public double LoraDropout { get; init; } = Defaults.Dropout;

    /// <summary>Null: those that the configuration goes with; without one, the library's default.</summary>
    public IReadOnlyList<string>? TargetModules { get; init; }

    /// <summary>The flags of its shape and dropout that were given.</summary>
    internal GivenNames Given { get; init; } = new([]);

    public static void Rows(OptionTable<NewAdapterFlags> table) => table
        .Group("Adapters")
        .Add("lora", OptionValues.Switch, o => o.Lora, (o, v) => o with { Lora = v }, "use low-rank adapters")
        .Add("lora_r", OptionValues.OptionalInteger, o => o.LoraR, (o, v) => o.With("lora_r") with { LoraR = v },
            "full rank", $"the configuration's, or {Defaults.Rank}")
        .Add("lora_alpha", OptionValues.Number, o => o.LoraAlpha,
            (o, v) => o.With("lora_alpha") with { LoraAlpha = v }, "scaling is alpha / full rank")
        .Add("lora_dropout", OptionValues.Number, o => o.LoraDropout,
            (o, v) => o.With("lora_dropout") with { LoraDropout = v },
            "probability of dropping an input element of an adapter while training")
        .Add("target_modules", TargetNames.Optional, o => o.TargetModules,
            (o, v) => o.With("target_modules") with { TargetModules = v },
            "linear layers that get an adapter: names, a regular expression for whole paths, or all of them but the "
            + "output head",
            $"the configuration's, or {string.Join(',', Defaults.TargetModules)}");

    /// <summary>Dropout where it was given, which a trained adapter that is trained on takes over.</summary>
    public double? GivenDropout => Given.Contains("lora_dropout") ? LoraDropout : null;

    /// <summary>The fresh adapter that they describe.</summary>
    public LoraOptions ToLora() => TargetNames.Of(
        Defaults with { Rank = LoraR ?? Defaults.Rank, Alpha = LoraAlpha, Dropout = LoraDropout },
        TargetModules ?? Defaults.TargetModules);

    /// <summary>The same with every value given, so that they say the same once a default is another.</summary>
    /// <param name="rank">The rank where none is given; null for the default.</param>
    /// <param name="targets">The targets where none are given; null for the default.</param>
    public NewAdapterFlags Complete(int? rank = null, IReadOnlyList<string>? targets = null) => this with
    {
        LoraR = LoraR ?? rank ?? Defaults.Rank,
        TargetModules = TargetModules ?? targets ?? Defaults.TargetModules,
    };

    /// <summary>Notes what is wrong with the values.</summary>
    public void Check(OptionProblems problems)
    {
        problems
            .When(Lora && TargetModules is { Count: 0 }, "--target_modules names no layer", "target_modules")
            .AtLeast("lora_r", LoraR, 1)
            .Positive("lora_alpha", LoraAlpha)
            .Within("lora_dropout", LoraDropout, 0, 1);
        TargetNames.Check(problems, TargetModules ?? []);
    }

    private NewAdapterFlags With(string given) => this with { Given = new GivenNames([.. Given.Names, given]) };
}
