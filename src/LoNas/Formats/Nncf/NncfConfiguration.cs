using System.Text.Json;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Storage;

namespace LoNas.Formats.Nncf;

/// <summary>
/// An NNCF configuration of BootstrapNAS as LoNAS uses it: the elastic groups, the stages of training and the search.
/// It is not yet held against a model; <see cref="Bind"/> does that.
/// </summary>
public sealed record NncfConfiguration
{
    /// <summary>What errors call the configuration: its file.</summary>
    public required string Origin { get; init; }

    /// <summary>The JSON it was read from, to be kept beside what is trained with it.</summary>
    public string Json { get; private init; } = "{}";

    /// <summary>Tokens of one sample in the cost model: <c>input_info[0].sample_size</c>, multiplied out.</summary>
    public required int SampleTokens { get; init; }

    /// <summary>The stages of training, in order; at least one.</summary>
    public required IReadOnlyList<StageDescription> Stages { get; init; }

    /// <summary>The learning rate over all stages, or null where each stage has its own.</summary>
    public required LearningRateSchedule? GlobalSchedule { get; init; }

    /// <summary>The elastic groups with their width lists, in the file's order.</summary>
    public required IReadOnlyList<ElasticGroup> Groups { get; init; }

    /// <summary>Module paths of the linears whose input is declared to follow a cut (<c>add_dynamic_inputs</c>).</summary>
    public required IReadOnlyList<string> DynamicInputs { get; init; }

    /// <summary>The norm that orders channels under <c>reorg_weights</c>; L2 by default.</summary>
    public required ChannelNorm FilterImportance { get; init; }

    /// <summary>How sub-adapters are searched.</summary>
    public required SearchDescription Search { get; init; }

    /// <summary>What the reader assumed and the user should know, one sentence each.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Reads a configuration file; comments and trailing commas are allowed.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is missing or no JSON, or its content is wrong: all errors, one a line, each led by its JSON path.
    /// </exception>
    public static NncfConfiguration Load(string path) =>
        Parse(JsonInput.Load(path, "NNCF configuration"), $"NNCF configuration '{path}'");

    /// <summary>Reads a configuration from JSON; <paramref name="origin"/> names it in errors.</summary>
    /// <exception cref="InvalidDataException">As for <see cref="Load"/>.</exception>
    public static NncfConfiguration Parse(JsonElement json, string origin)
    {
        json.RequireObject(origin);
        var errors = new List<string>();
        var configuration = NncfReader.Read(new ConfigurationNode(json, errors), origin);
        ConfigurationNode.ThrowIfAny(errors, $"The {origin} is wrong");
        return configuration with { Json = json.GetRawText() };
    }

    /// <summary>Holds the groups against a model.</summary>
    /// <param name="linears">The model's linears at full size, by checkpoint path.</param>
    /// <param name="headSize">Features of an attention head, of which cut attention keeps whole ones.</param>
    /// <exception cref="InvalidDataException">
    /// The configuration does not fit: all errors, one a line, with JSON path, group, member and list.
    /// </exception>
    public SearchSpace Bind(IReadOnlyDictionary<string, LinearShape> linears, int headSize = 1)
    {
        var errors = new SearchSpaceCheck(linears, headSize).Errors(this);
        ConfigurationNode.ThrowIfAny(errors, $"The {Origin} does not fit the model");
        return new SearchSpace(Groups, linears, headSize);
    }

    /// <summary>
    /// Names of the linears that the adapters are on, as far as the configuration tells: those in its groups, and those of
    /// the family that no group ever holds since they are cut on their input side only. Empty if it cuts no adapter.
    /// </summary>
    public IReadOnlyList<string> TargetsOf(LinearLayout layout)
    {
        var family = ModelFamilies.Of(layout.Config);
        var inGroups = Groups.SelectMany(group => group.Members)
            .Where(member => member.Part != AdapterPart.Base)
            .Select(member => member.ModulePath[(member.ModulePath.LastIndexOf('.') + 1)..]).ToHashSet();
        return inGroups.Count == 0 ? [] :
        [
            .. family.Targets.Where(name => inGroups.Contains(name)
                || !family.Cuts.Any(cut => cut.Linears.Contains(name))),
            .. inGroups.Except(family.Targets),
        ];
    }
}
