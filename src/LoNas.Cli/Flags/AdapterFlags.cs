using LoNas.Cli.Options;

namespace LoNas.Cli.Flags;

/// <summary>Which trained adapter, and which sub-adapter of it.</summary>
internal sealed record AdapterFlags
{
    private const string Weights = "PEFT folder of a trained adapter, or its hub name";

    private const string Configuration = "search space of the super-adapter";

    private static readonly OptionValue<string?> SubAdapters = OptionValues.Text("NAME|FILE|FILE#N") with
    {
        Choices = [SubAdapterChoice.Maximal, SubAdapterChoice.Heuristic, SubAdapterChoice.Minimal],
    };

    /// <summary>Null: none.</summary>
    public string? LoraWeights { get; init; }

    /// <summary>Null: the one that the adapter was saved with.</summary>
    public string? NncfConfig { get; init; }

    /// <summary>Null: the command's default with a configuration, otherwise the whole adapter.</summary>
    public string? SubAdapter { get; init; }

    /// <summary>Null: no limit.</summary>
    public double? MaxMacs { get; init; }

    /// <summary>Null: no limit.</summary>
    public double? MinAccuracy { get; init; }

    /// <summary>The sub-adapter that is meant.</summary>
    public SubAdapterChoice Choice => new(SubAdapter) { MaxMacs = MaxMacs, MinAccuracy = MinAccuracy };

    /// <summary>All flags, under a heading of their own.</summary>
    /// <param name="table">The flags.</param>
    /// <param name="withoutWeights">What is taken where no adapter is given; null: nothing is.</param>
    /// <param name="byDefault">The sub-adapter that is taken where there is a configuration and no choice.</param>
    public static void Rows(
        OptionTable<AdapterFlags> table, string? withoutWeights, string byDefault = SubAdapterChoice.Heuristic)
    {
        table.Group("Adapter");
        SourceRows(table, withoutWeights);
        ChoiceRows(
            table, "maximal, heuristic, minimal, a JSON file or entry N of a front; needs a configuration", byDefault);
    }

    /// <summary>All flags, where an adapter is optional.</summary>
    public static void Rows(OptionTable<AdapterFlags> table) => Rows(table, null);

    /// <summary>The adapter and its configuration.</summary>
    /// <param name="table">The flags.</param>
    /// <param name="withoutWeights">What is taken where no adapter is given; null: nothing is.</param>
    public static void SourceRows(OptionTable<AdapterFlags> table, string? withoutWeights) => SourceRows(
        table, Weights, Configuration, withoutWeights, "the one that lonas.json beside the adapter names");

    /// <summary>The same in a command's own words.</summary>
    public static void SourceRows(
        OptionTable<AdapterFlags> table, string weights, string configuration, string? withoutWeights,
        string withoutConfiguration)
    {
        table.Add("lora_weights", OptionValues.Text("DIR|NAME"), o => o.LoraWeights,
            (o, v) => o with { LoraWeights = v }, weights, withoutWeights);
        ConfigurationRow(table, configuration, withoutConfiguration);
    }

    /// <summary>The configuration alone.</summary>
    public static void ConfigurationRow(
        OptionTable<AdapterFlags> table, string description, string? otherwise = null) =>
        table.Add("nncf_config", OptionValues.Text("FILE"), o => o.NncfConfig, (o, v) => o with { NncfConfig = v },
            description, otherwise);

    /// <summary>The sub-adapter.</summary>
    /// <param name="table">The flags.</param>
    /// <param name="description">What the flag for it does.</param>
    /// <param name="byDefault">The sub-adapter that is taken where there is a configuration and no choice.</param>
    public static void ChoiceRows(
        OptionTable<AdapterFlags> table, string description, string byDefault = SubAdapterChoice.Heuristic) => table
        .Add("sub_adapter", SubAdapters, o => o.SubAdapter,
            (o, v) => o with { SubAdapter = v },
            description, byDefault)
        .Add("max_macs", OptionValues.OptionalAmount, o => o.MaxMacs, (o, v) => o with { MaxMacs = v },
            "of the front that --sub_adapter names, or of the adapter's own, the best sub-adapter of at most so many "
            + "MACs, such as 1.2T")
        .Add("min_accuracy", OptionValues.OptionalNumber, o => o.MinAccuracy, (o, v) => o with { MinAccuracy = v },
            "of that front, the smallest sub-adapter of at least this validation accuracy, such as 0.6");

    /// <summary>Notes what is wrong where only a trained adapter has a configuration and sub-adapters.</summary>
    public void Check(OptionProblems problems)
    {
        problems
            .When(NncfConfig is not null && LoraWeights is null,
                "--nncf_config needs --lora_weights, the adapter it describes", "nncf_config", "lora_weights")
            .When(SubAdapter is not null && LoraWeights is null,
                "--sub_adapter needs --lora_weights, the adapter it is cut from", "sub_adapter", "lora_weights")
            .When((MaxMacs is not null || MinAccuracy is not null) && LoraWeights is null,
                "--max_macs and --min_accuracy need --lora_weights, the adapter whose front is chosen from",
                "max_macs", "min_accuracy", "lora_weights");
        CheckChoice(problems);
    }

    /// <summary>Notes what is wrong with the sub-adapter.</summary>
    public void CheckChoice(OptionProblems problems) => problems
        .When(SubAdapter is not null && !SubAdapterChoice.IsName(SubAdapter),
            $"--sub_adapter is '{SubAdapter}'; allowed: {SubAdapterChoice.Maximal}, {SubAdapterChoice.Heuristic}, "
            + $"{SubAdapterChoice.Minimal}, a file that ends in .json, or FRONT.json#N",
            "sub_adapter")
        .Positive("max_macs", MaxMacs)
        .When(MinAccuracy is < 0 or > 1, "--min_accuracy must lie between 0 and 1", "min_accuracy")
        .When(Choice.IsLimited && SubAdapter is not null && !SubAdapterChoice.IsFile(SubAdapter),
            $"--max_macs and --min_accuracy choose from a front; --sub_adapter is '{SubAdapter}', "
            + "expected a pareto_front.json",
            "sub_adapter", "max_macs", "min_accuracy");
}
