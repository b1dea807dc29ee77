using LoNas.Cli.Flags;
using LoNas.Cli.Options;

namespace LoNas.Cli.Chat;

/// <summary>The options of <c>chat</c>.</summary>
internal sealed record ChatOptions
{
    /// <summary>Most new tokens where neither a flag nor the model's file says how many.</summary>
    public const int UsualLength = 512;

    private const string OfModel = "generation_config.json's, or ";

    public ModelFlags Model { get; init; } = new();

    public AdapterFlags Adapter { get; init; } = new();

    public ChatFlags Template { get; init; } = new();

    /// <summary>Null: no system message.</summary>
    public string? System { get; init; }

    public SamplingFlags Sampling { get; init; } = new();

    public long Seed { get; init; } = 42;

    /// <summary>The flags.</summary>
    public static OptionTable<ChatOptions> Table { get; } = new OptionTable<ChatOptions>(new ChatOptions())
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.Rows)
        .Part(o => o.Adapter, (o, v) => o with { Adapter = v }, AdapterFlags.Rows)
        .Group("Chat")
        .Part(o => o.Template, (o, v) => o with { Template = v }, ChatFlags.Rows)
        .Add("system", OptionValues.FreeText, o => o.System, (o, v) => o with { System = v },
            "the system message, said before all others")
        .Part(o => o.Sampling, (o, v) => o with { Sampling = v },
            rows => SamplingFlags.LengthRow(rows, $"{OfModel}{UsualLength}"))
        .Part(o => o.Sampling, (o, v) => o with { Sampling = v }, rows => SamplingFlags.Rows(rows, OfModel))
        .Group("Run")
        .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v }, "seed of random numbers")
        .Part(o => o.Model, (o, v) => o with { Model = v }, ModelFlags.ThreadRow);

    /// <summary>Everything that is wrong with the values and their combination; empty when nothing is.</summary>
    public IReadOnlyList<OptionProblem> Validate()
    {
        var problems = new OptionProblems();
        Model.Check(problems);
        Adapter.Check(problems);
        Template.Check(problems);
        Sampling.Check(problems, draws: true);
        return problems.AtLeast("seed", Seed, 0).Found;
    }
}
