using System.Text.Json;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Storage;

namespace LoNas.Formats.Nncf;

/// <summary>
/// An NNCF configuration for BootstrapNAS as LoNAS uses it: the elastic groups, the stages of training and the search.
/// Reading it does not check it against a model; <see cref="Bind"/> does that.
/// </summary>
public sealed record NncfConfiguration
{
    /// <summary>The name of the configuration in errors, with its file.</summary>
    public required string Origin { get; init; }

    /// <summary>The JSON it was read from, which is saved beside the adapters trained with it.</summary>
    public string Json { get; private init; } = "{}";

    /// <summary>
    /// The number of tokens of one sample in the cost model: the product of <c>input_info[0].sample_size</c>.
    /// </summary>
    public required int SampleTokens { get; init; }

    /// <summary>The stages of training in order, at least one.</summary>
    public required IReadOnlyList<StageDescription> Stages { get; init; }

    /// <summary>The learning rate schedule over all stages; null if each stage has its own.</summary>
    public required LearningRateSchedule? GlobalSchedule { get; init; }

    /// <summary>The elastic groups with their width lists, in the order of the file.</summary>
    public required IReadOnlyList<ElasticGroup> Groups { get; init; }

    /// <summary>
    /// Module paths of the linears whose input follows a cut, as declared in <c>add_dynamic_inputs</c>.
    /// </summary>
    public required IReadOnlyList<string> DynamicInputs { get; init; }

    /// <summary>The norm that measures the importance of channels for <c>reorg_weights</c>; L2 by default.</summary>
    public required ChannelNorm FilterImportance { get; init; }

    /// <summary>The settings of the search.</summary>
    public required SearchDescription Search { get; init; }

    /// <summary>What the reader assumed because the file does not say it, one sentence each.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Reads a configuration file; comments and trailing commas are allowed.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is missing or not JSON, or its content is wrong. The message lists all errors, one on each line, each
    /// with its JSON path.
    /// </exception>
    public static NncfConfiguration Load(string path) =>
        Parse(JsonInput.Load(path, "NNCF configuration"), $"NNCF configuration '{path}'");

    /// <summary>Reads a configuration from JSON; <paramref name="origin"/> names it in errors.</summary>
    /// <exception cref="InvalidDataException">As in <see cref="Load"/>.</exception>
    public static NncfConfiguration Parse(JsonElement json, string origin)
    {
        json.RequireObject(origin);
        var errors = new List<string>();
        var configuration = NncfReader.Read(new ConfigurationNode(json, errors), origin);
        ConfigurationNode.ThrowIfAny(errors, $"The {origin} is wrong");
        return configuration with { Json = NonFiniteJson.Original(json.GetRawText()) };
    }

    /// <summary>Checks the groups against a model.</summary>
    /// <param name="linears">The model's linears at full size, by checkpoint path.</param>
    /// <param name="headSize">Features of an attention head; cuts of attention keep whole heads.</param>
    /// <exception cref="InvalidDataException">
    /// The configuration does not fit the model. The message lists all errors, one on each line, with JSON path, group,
    /// member and width list.
    /// </exception>
    public SearchSpace Bind(IReadOnlyDictionary<string, LinearShape> linears, int headSize = 1)
    {
        var errors = new SearchSpaceCheck(linears, headSize).Errors(this);
        ConfigurationNode.ThrowIfAny(errors, $"The {Origin} does not fit the model");
        return new SearchSpace(Groups, linears, headSize);
    }

    /// <summary>
    /// The full rank of the adapter that it cuts: the first of the first group of ranks; null where no rank is cut.
    /// </summary>
    public int? FullRank => Groups.FirstOrDefault(group => group.IsRank)?.Widths[0];

    /// <summary>
    /// Names of the linears with adapters, as far as the configuration tells: those in its groups, and those of the
    /// model family that are never in a group because only their input is cut. Empty if no group cuts an adapter.
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
