using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Errors;
using LoNas.Formats.Nncf;
using LoNas.Storage;

namespace LoNas.Formats.Peft;

/// <summary>
/// The properties of a super-adapter that PEFT's files can't express: <c>lonas.json</c> with its search space and
/// active sub-adapter, and a copy of the NNCF configuration it was trained with.
/// </summary>
public static class AdapterManifest
{
    /// <summary>The manifest's file name.</summary>
    public const string FileName = "lonas.json";

    private const string ConfigurationCopy = "nncf_config.json";

    /// <summary>Writes the manifest of an adapter.</summary>
    /// <param name="folder">The adapter's folder.</param>
    /// <param name="adapter">The adapter.</param>
    /// <param name="configuration">What it was trained with; null means plain LoRA.</param>
    /// <param name="labels">Names of a classifier's labels; null where nobody named them.</param>
    /// <param name="data">How its records became tokens; null where nobody said.</param>
    public static void Save(
        string folder, SuperAdapter adapter, NncfConfiguration? configuration, IReadOnlyList<string>? labels = null,
        TrainedData? data = null)
    {
        // One that says the same stays to the byte: the run may have been given it.
        if (configuration is not null && !HasCopy(folder, configuration))
        {
            // The configuration as it was read at the start. The file may have been edited during a long run.
            AtomicFile.WriteText(Path.Combine(folder, ConfigurationCopy), configuration.Json);
        }

        var json = new JsonObject
        {
            ["lonas_version"] = Version,
            ["nncf_config"] = configuration is null ? null : ConfigurationCopy,
            ["channel_order"] = adapter.ChannelOrder.IsOriginal ? null : ChannelOrder.FileName,
            ["active_sub_adapter"] = adapter.Active is { } active
                ? JsonNode.Parse(adapter.Space!.ToJson(active))
                : null,
            ["search_space"] = adapter.Space is null
                ? null
                : new JsonArray([.. adapter.Space.Groups.Select(Describe)]),
            [ManifestCheck.Files] = ManifestCheck.HashesOf(folder),
        };
        if (labels is not null)
        {
            json[ManifestCheck.Labels] = new JsonArray([.. labels.Select(name => (JsonNode)JsonValue.Create(name))]);
        }

        if (data is not null)
        {
            json[ManifestCheck.Data] = data.ToJson();
        }

        JsonOutput.Save(Path.Combine(folder, FileName), json);
    }

    /// <summary>How the records of an adapter's training became tokens; null where its manifest does not say.</summary>
    /// <param name="folder">The adapter's folder.</param>
    /// <exception cref="InvalidDataException">The manifest is damaged.</exception>
    public static TrainedData? Data(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var origin = $"adapter manifest '{path}'";
        return File.Exists(path)
            && JsonInput.Load(path, "adapter manifest").RequireObject(origin)
                .TryGetProperty(ManifestCheck.Data, out var data) && data.ValueKind != JsonValueKind.Null
            ? TrainedData.Read(data, origin)
            : null;
    }

    /// <summary>Names of the labels of a classifier's adapter; null where its manifest has none.</summary>
    internal static IReadOnlyList<string>? Labels(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)
            || !JsonInput.Load(path, "adapter manifest").RequireObject($"adapter manifest '{path}'")
                .TryGetProperty(ManifestCheck.Labels, out var labels) || labels.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return labels.ValueKind == JsonValueKind.Array
            && labels.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String)
            ? [.. labels.EnumerateArray().Select(name => name.GetString()!)]
            : throw new InvalidDataException(
                $"The adapter manifest '{path}' has {Excerpt.Of(labels)} in '{ManifestCheck.Labels}'; expected a list "
                + "of names");
    }

    /// <summary>Whether the copy in a folder is of this configuration already.</summary>
    public static bool HasCopy(string folder, NncfConfiguration configuration) =>
        Path.Combine(folder, ConfigurationCopy) is var copy && File.Exists(copy)
        && File.ReadAllText(copy).Trim() == configuration.Json.Trim();

    /// <summary>
    /// The configuration file to use with an adapter: the given one or else the one it was trained with; null if there
    /// is neither.
    /// </summary>
    /// <exception cref="InvalidDataException">Both exist and their groups or widths differ.</exception>
    public static string? Configuration(string folder, string? given)
    {
        if (given is not null)
        {
            RequireSame(folder, NncfConfiguration.Load(given));
        }

        return given ?? OwnConfiguration(folder);
    }

    /// <summary>
    /// Checks that a configuration has the groups and widths that an adapter was trained with, if it says so.
    /// </summary>
    /// <exception cref="InvalidDataException">They differ.</exception>
    public static void RequireSame(string folder, NncfConfiguration given)
    {
        if (OwnConfiguration(folder) is not { } own)
        {
            return;
        }

        var (asked, trained) = (given.Groups, NncfConfiguration.Load(own).Groups);
        int different = asked.Zip(trained).TakeWhile(pair => Same(pair.First, pair.Second)).Count();
        if (different != asked.Count || different != trained.Count)
        {
            throw new InvalidDataException(
                $"The {given.Origin} disagrees with the one that the adapter '{folder}' was trained "
                + $"with, first in group {different}; leave it out to use the adapter's own")
                .About(Setting.Configuration);
        }
    }

    /// <summary>Whether the manifest says that the channels of the adapter were reordered.</summary>
    internal static bool NamesChannelOrder(string folder) => Text(folder, "channel_order") is not null;

    /// <summary>A member as the manifest names it.</summary>
    internal static string NameOf(GroupMember member) => $"{member.ModulePath}:{member.Part}";

    private static string? OwnConfiguration(string folder) => Text(folder, "nncf_config") is { } name
        ? Path.Combine(folder, Path.GetFileName(name))
        : null;

    /// <summary>A text in the manifest; null if the key or the manifest is missing.</summary>
    private static string? Text(string folder, string key)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        var json = JsonInput.Load(path, "adapter manifest").RequireObject($"adapter manifest '{path}'");
        return !json.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null ? null
            : value.ValueKind == JsonValueKind.String ? value.GetString()
            : throw new InvalidDataException(
                $"The adapter manifest '{path}' has {Excerpt.Of(value)} in '{key}'; expected the name of a file");
    }

    internal static string Version =>
        typeof(AdapterManifest).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];

    private static bool Same(ElasticGroup left, ElasticGroup right) =>
        left.Members.SequenceEqual(right.Members) && left.Widths.SequenceEqual(right.Widths);

    private static JsonNode Describe(ElasticGroup group) => new JsonObject
    {
        ["members"] = new JsonArray([.. group.Members.Select(member => (JsonNode)JsonValue.Create(NameOf(member)))]),
        ["widths"] = new JsonArray([.. group.Widths.Select(width => (JsonNode)JsonValue.Create(width))]),
    };
}
