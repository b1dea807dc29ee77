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
    public bool Lora { get; init; }

    public int LoraR { get; init; } = 8;

    public double LoraAlpha { get; init; } = 16;

    public double LoraDropout { get; init; } = 0.05;

    public IReadOnlyList<string> TargetModules { get; init; } = ["q_proj", "v_proj"];

    /// <summary>The flags of its shape and dropout that were given.</summary>
    internal GivenNames Given { get; init; } = new([]);

    public static void Rows(OptionTable<NewAdapterFlags> table) => table
        .Group("Adapters")
        .Add("lora", OptionValues.Switch, o => o.Lora, (o, v) => o with { Lora = v }, "use low-rank adapters")
        .Add("lora_r", OptionValues.Integer, o => o.LoraR, (o, v) => o.With("lora_r") with { LoraR = v }, "full rank")
        .Add("lora_alpha", OptionValues.Number, o => o.LoraAlpha,
            (o, v) => o.With("lora_alpha") with { LoraAlpha = v }, "scaling is alpha / full rank")
        .Add("lora_dropout", OptionValues.Number, o => o.LoraDropout,
            (o, v) => o.With("lora_dropout") with { LoraDropout = v },
            "probability of dropping an input element of an adapter while training")
        .Add("target_modules", OptionValues.List, o => o.TargetModules,
            (o, v) => o.With("target_modules") with { TargetModules = v },
            "names of the linear layers that get an adapter");

    /// <summary>Dropout where it was given, which a trained adapter that is trained on takes over.</summary>
    public double? GivenDropout => Given.Contains("lora_dropout") ? LoraDropout : null;

    /// <summary>The fresh adapter that they describe.</summary>
    public LoraOptions ToLora() => new()
    {
        Rank = LoraR,
        Alpha = LoraAlpha,
        Dropout = LoraDropout,
        TargetModules = TargetModules,
    };

    /// <summary>Notes what is wrong with the values.</summary>
    public void Check(OptionProblems problems) => problems
        .When(Lora && TargetModules.Count == 0, "--target_modules names no layer", "target_modules")
        .When(TargetModules.Distinct().Count() != TargetModules.Count,
            $"--target_modules names a layer twice: {string.Join(',', TargetModules)}", "target_modules")
        .AtLeast("lora_r", LoraR, 1)
        .Positive("lora_alpha", LoraAlpha)
        .Within("lora_dropout", LoraDropout, 0, 1);

    private NewAdapterFlags With(string given) => this with { Given = new GivenNames([.. Given.Names, given]) };
}
