using LoNas.Cli.Options;
using LoNas.Elastic;

namespace LoNas.Cli.Flags;

/// <summary>Which of the layers that are targeted get no adapter after all.</summary>
internal sealed record TargetLimitFlags
{
    public IReadOnlyList<string> ExcludeModules { get; init; } = [];

    /// <summary>Null: all layers.</summary>
    public IReadOnlyList<int>? LayersToTransform { get; init; }

    /// <summary>Whether there is one.</summary>
    public bool IsGiven => ExcludeModules.Count > 0 || LayersToTransform is not null;

    /// <summary>Numbers, in the brackets of JSON and Python too.</summary>
    private static OptionValue<IReadOnlyList<int>?> Numbers { get; } = OptionValues.Integers with
    {
        Parse = text => OptionValues.Integers.Parse(text.Trim().TrimStart('[').TrimEnd(']')),
    };

    private static OptionTable<TargetLimitFlags> Table { get; } = MakeTable();

    public static void Rows(OptionTable<TargetLimitFlags> table) => table
        .Add("exclude_modules", TargetNames.Excluded, o => o.ExcludeModules, (o, v) => o with { ExcludeModules = v },
            "layers of those that get none: names, or a regular expression for whole paths")
        .Add("layers_to_transform", Numbers, o => o.LayersToTransform,
            (o, v) => o with { LayersToTransform = v },
            "numbers, from 0, of the model's layers in which the names of --target_modules get one", "all");

    /// <summary>Those that an adapter has.</summary>
    public static TargetLimitFlags Of(LoraOptions lora) => new()
    {
        ExcludeModules = lora.ExcludeModules,
        LayersToTransform = lora.LayersToTransform.Count == 0 ? null : lora.LayersToTransform,
    };

    /// <summary>The options with these limits, where any is given.</summary>
    public LoraOptions Apply(LoraOptions lora) => lora with
    {
        ExcludeModules = ExcludeModules.Count == 0 ? lora.ExcludeModules : ExcludeModules,
        ExcludeIsPattern = ExcludeModules.Count == 0 ? lora.ExcludeIsPattern : TargetNames.IsExpression(ExcludeModules),
        LayersToTransform = LayersToTransform ?? lora.LayersToTransform,
    };

    /// <summary>A line with these flags too.</summary>
    public NextStep Give(NextStep step) => step.Keep(Table, this, _ => true);

    /// <summary>The flags as they are written; empty where there are none.</summary>
    public override string ToString() => string.Concat(
        Table.Changed(this).Select(flag => $" --{flag.Name} {NextStep.TextOf(flag.Value)}"));

    /// <summary>Notes what is wrong with them.</summary>
    /// <param name="problems">Where to.</param>
    /// <param name="targets">The layers that are targeted, where they are known.</param>
    public void Check(OptionProblems problems, IReadOnlyList<string> targets)
    {
        TargetNames.CheckNames(problems, "exclude_modules", ExcludeModules, "lm_head");
        var layers = LayersToTransform ?? [];
        problems
            .When(LayersToTransform is { Count: 0 }, "--layers_to_transform names no layer", "layers_to_transform")
            .When(layers.Any(layer => layer < 0) || layers.Distinct().Count() < layers.Count,
                $"--layers_to_transform is {string.Join(',', layers)}; expected different numbers from 0, such as "
                + "0,1,2",
                "layers_to_transform")
            .When(layers.Count > 0 && TargetNames.IsPattern(targets),
                $"--layers_to_transform goes with names in --target_modules, and not with {string.Join(',', targets)}: "
                + "a regular expression says itself which layers it means",
                "layers_to_transform", "target_modules");
    }

    private static OptionTable<TargetLimitFlags> MakeTable()
    {
        var table = new OptionTable<TargetLimitFlags>(new TargetLimitFlags());
        Rows(table);
        return table;
    }
}
