using LoNas.Cli.Options;
using LoNas.Elastic;

namespace LoNas.Cli.Flags;

/// <summary>The adapter that is trained.</summary>
internal sealed record NewAdapterFlags
{
    /// <summary>What holds where nothing is given.</summary>
    public LoraOptions Defaults { get; init; } = LanguageModel;

    private static LoraOptions LanguageModel { get; } = new();

    public bool Lora { get; init; }

    /// <summary>Null: the configuration's full rank; without one, the library's default.</summary>
    public int? LoraR { get; init; }

    /// <summary>Null: the library's default.</summary>
    public double? LoraAlpha { get; init; }

    /// <summary>Null: the library's default, or that of the adapter which training starts from.</summary>
    public double? LoraDropout { get; init; }

    /// <summary>Null: those that the configuration goes with; without one, the library's default.</summary>
    public IReadOnlyList<string>? TargetModules { get; init; }

    /// <summary>Which of them get none after all.</summary>
    public TargetLimitFlags Limits { get; init; } = new();

    /// <summary>Modules that are trained in full besides.</summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>The flags of a classifier's adapter.</summary>
    public static void ClassifierRows(OptionTable<NewAdapterFlags> table)
    {
        Rows(table);
        table.Add("modules_to_save", OptionValues.List, o => o.ModulesToSave, (o, v) => o with { ModulesToSave = v },
            "modules that are trained in full besides the classifier, such as pooler.dense, which an encoder lacks "
            + "that was never trained with it");
    }

    public static void Rows(OptionTable<NewAdapterFlags> table)
    {
        var defaults = table.Defaults.Defaults;
        table
            .Group("Adapters")
            .Add("lora", OptionValues.Switch, o => o.Lora, (o, v) => o with { Lora = v }, "use low-rank adapters")
            .Add("lora_r", OptionValues.OptionalInteger, o => o.LoraR, (o, v) => o with { LoraR = v }, "full rank",
                $"the configuration's, or {defaults.Rank}")
            .Add("lora_alpha", OptionValues.OptionalNumber, o => o.LoraAlpha, (o, v) => o with { LoraAlpha = v },
                "scaling is alpha / full rank", $"{defaults.Alpha}")
            .Add("lora_dropout", OptionValues.OptionalNumber, o => o.LoraDropout, (o, v) => o with { LoraDropout = v },
                "probability of dropping an input element of an adapter while training", $"{defaults.Dropout}")
            .Add("target_modules", TargetNames.Optional, o => o.TargetModules, (o, v) => o with { TargetModules = v },
                "linear layers that get an adapter: names; a regular expression for whole paths, which any of "
                + @"\*+?()[]{}|^$ tells from a name; or all of them but the output head",
                $"the configuration's, or {string.Join(',', defaults.TargetModules)}")
            .Part(o => o.Limits, (o, v) => o with { Limits = v }, TargetLimitFlags.Rows);
    }

    /// <summary>The fresh adapter that they describe.</summary>
    public LoraOptions ToLora() => Limits.Apply(TargetNames.Of(
        Defaults with
        {
            Rank = LoraR ?? Defaults.Rank,
            Alpha = LoraAlpha ?? Defaults.Alpha,
            Dropout = LoraDropout ?? Defaults.Dropout,
            ModulesToSave = ModulesToSave,
        },
        TargetModules ?? Defaults.TargetModules));

    /// <summary>The same with every value given, so that they say the same once a default is another.</summary>
    /// <param name="rank">The rank where none is given; null for the default.</param>
    /// <param name="targets">The targets where none are given; null for the default.</param>
    public NewAdapterFlags Complete(int? rank = null, IReadOnlyList<string>? targets = null) => this with
    {
        LoraR = LoraR ?? rank ?? Defaults.Rank,
        LoraAlpha = LoraAlpha ?? Defaults.Alpha,
        LoraDropout = LoraDropout ?? Defaults.Dropout,
        TargetModules = TargetModules ?? targets ?? Defaults.TargetModules,
    };

    /// <summary>Notes what is wrong with the values.</summary>
    public void Check(OptionProblems problems)
    {
        problems
            .When(Lora && TargetModules is { Count: 0 }, "--target_modules names no layer", "target_modules")
            .AtLeast("lora_r", LoraR, 1)
            .Positive("lora_alpha", LoraAlpha)
            .When(LoraAlpha > 0 && LoraR is null or > 0 && ToLora().ScalingProblem is not null,
                FormattableString.Invariant($"--lora_alpha is {LoraAlpha}: its scaling, alpha / full rank, is none ")
                + "that float32 holds; expected a number such as 16 or 64", "lora_alpha")
            .Within("lora_dropout", LoraDropout, 0, 1);
        TargetNames.Check(problems, TargetModules ?? []);
        Limits.Check(problems, TargetModules ?? []);
    }
}
