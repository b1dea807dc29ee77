using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Errors;
using LoNas.Storage;

namespace LoNas.Formats.Peft;

/// <summary>
/// Holds <c>lonas.json</c> against the adapter and the model that it lies beside. One of another run would cut other
/// layers to other widths without a word.
/// </summary>
internal static class ManifestCheck
{
    /// <summary>The key with the SHA-256 of the files that belong to the manifest; earlier versions had none.</summary>
    public const string Files = "sha256";

    /// <summary>The key with the names of a classifier's labels.</summary>
    public const string Labels = "labels";

    /// <summary>The key with how the records of the training became tokens; earlier versions had none.</summary>
    public const string Data = "training_data";

    private static readonly string[] Known =
        ["lonas_version", "nncf_config", "channel_order", "active_sub_adapter", "search_space", Files, Labels, Data];

    private static readonly string[] Bound =
        [PeftFolder.WeightsFile, PeftFolder.TorchWeightsFile, ChannelOrder.FileName];

    /// <summary>The hashes of the files that a folder has by now.</summary>
    public static JsonObject HashesOf(string folder) => new(Bound.Where(name => File.Exists(Path.Combine(folder, name)))
        .Select(name => KeyValuePair.Create(name, (JsonNode?)HashOf(folder, name))));

    /// <summary>Checks the manifest of a folder; a folder without one is right.</summary>
    /// <param name="folder">The adapter's folder.</param>
    /// <param name="adapter">The adapter in its model, with its search space.</param>
    /// <returns>What the user should know, although the adapter can be used.</returns>
    /// <exception cref="InvalidDataException">The manifest is another adapter's, or another model's.</exception>
    public static IReadOnlyList<string> Require(string folder, SuperAdapter adapter)
    {
        var path = Path.Combine(folder, AdapterManifest.FileName);
        if (!File.Exists(path))
        {
            return [];
        }

        var origin = $"adapter manifest '{path}'";
        var json = JsonInput.Load(path, "adapter manifest").RequireObject(origin);
        var notices = new List<string>(Newer(json, origin));
        RequireSpace(json, origin, adapter);
        notices.AddRange(OfFiles(json, folder, origin));
        return notices;
    }

    private static IEnumerable<string> Newer(JsonElement json, string origin)
    {
        var (told, own) = (Text(json, "lonas_version"), System.Version.Parse(AdapterManifest.Version.Split('-')[0]));
        System.Version? version = null;
        bool isVersion = !json.TryGetProperty("lonas_version", out _)
            || System.Version.TryParse(told?.Split('-')[0], out version)
            || System.Version.TryParse($"{told}.0", out version);
        if (!isVersion)
        {
            throw new InvalidDataException(
                $"The {origin} has no version of this program in 'lonas_version'; expected one such as "
                + $"\"{AdapterManifest.Version}\": get the adapter's own manifest, or remove it");
        }

        string[] unknown = [.. json.EnumerateObject().Select(entry => entry.Name).Except(Known)];
        if (version > own || unknown.Length > 0)
        {
            yield return $"the {origin} is of version {told}, and this is {AdapterManifest.Version}"
                + (unknown.Length == 0 ? "" : $": {Excerpt.Of(unknown)} in it is not known here and left aside")
                + "; see that the results are as with the program that wrote it";
        }
    }

    private static void RequireSpace(JsonElement json, string origin, SuperAdapter adapter)
    {
        if (json.TryGetProperty("search_space", out var groups) && groups.ValueKind != JsonValueKind.Null)
        {
            Group[] told = groups.ValueKind == JsonValueKind.Array
                ? [.. groups.EnumerateArray().Select(group => Read(group, origin))]
                : throw Damaged(origin);
            RequireMembers(told, origin, adapter);
            RequireSame(told, origin, adapter.Space);
        }

        if (json.TryGetProperty("active_sub_adapter", out var active) && active.ValueKind != JsonValueKind.Null)
        {
            _ = adapter.Space?.Parse(active, $"{origin}, 'active_sub_adapter',");
        }
    }

    private static void RequireMembers(Group[] told, string origin, SuperAdapter adapter)
    {
        string[] foreign = [.. told.SelectMany(group => group.Members).Distinct().Where(member =>
            member.Split(':') is not [var layer, var part] || !adapter.Layers.ContainsKey(layer)
                || !Enum.IsDefined(typeof(AdapterPart), part))];
        if (foreign.Length > 0)
        {
            throw new InvalidDataException(
                $"The {origin} names members that the model does not have: {Excerpt.Of(foreign)}; get the adapter's "
                + "own manifest, or remove it and give the configuration").About(Setting.Configuration);
        }
    }

    private static void RequireSame(Group[] told, string origin, SearchSpace? space)
    {
        Group[] own = [.. (space?.Groups ?? []).Select(group => new Group(
            [.. group.Members.Select(AdapterManifest.NameOf)], [.. group.Widths]))];
        int different = told.Zip(own).TakeWhile(pair => pair.First.IsSame(pair.Second)).Count();
        if (different < told.Length || different < own.Length)
        {
            throw new InvalidDataException(
                $"The {origin} is another adapter's: its group {different} is {Show(told, different)}, and the "
                + $"configuration's is {Show(own, different)}; get the adapter's own manifest, or remove it and give "
                + "the configuration").About(Setting.Configuration);
        }
    }

    /// <summary>
    /// Another program may have written the weights anew; the order of channels changes with a training here alone.
    /// </summary>
    private static IEnumerable<string> OfFiles(JsonElement json, string folder, string origin)
    {
        if (!json.TryGetProperty(Files, out var hashes) || hashes.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }

        foreach (var entry in hashes.EnumerateObject().Where(entry => Bound.Contains(entry.Name)))
        {
            var path = Path.Combine(folder, entry.Name);
            if (!File.Exists(path) || HashOf(folder, entry.Name) == entry.Value.ToString())
            {
                continue;
            }

            yield return entry.Name != ChannelOrder.FileName
                ? $"the {origin} was written beside another '{entry.Name}': the adapter was changed by another "
                    + "program, or one of the two files is another run's"
                : throw new InvalidDataException(
                    $"The {origin} was written beside another '{entry.Name}', so that cuts would keep other channels; "
                    + "get both files of the same training");
        }
    }

    private static Group Read(JsonElement json, string origin) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty("members", out var members) && members.ValueKind == JsonValueKind.Array
        && members.EnumerateArray().All(member => member.ValueKind == JsonValueKind.String)
        && json.TryGetProperty("widths", out var widths) && widths.ValueKind == JsonValueKind.Array
        && widths.EnumerateArray().All(width =>
            width.ValueKind == JsonValueKind.Number && width.TryGetInt32(out _))
            ? new Group(
                [.. members.EnumerateArray().Select(member => member.GetString()!)],
                [.. widths.EnumerateArray().Select(width => width.GetInt32())])
            : throw Damaged(origin);

    private static InvalidDataException Damaged(string origin) => new(
        $"The {origin} has no usable 'search_space'; expected a list of groups with 'members' and 'widths', or null");

    private static string Show(Group[] groups, int index) => index >= groups.Length ? "none"
        : $"{Excerpt.Of(groups[index].Members)} with the widths "
            + Excerpt.Of($"[{string.Join(", ", groups[index].Widths)}]", most: 200);

    private static string? Text(JsonElement json, string key) =>
        json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string HashOf(string folder, string name)
    {
        using var stream = InputPath.OpenAny(Path.Combine(folder, name), "adapter's file");
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private sealed record Group(IReadOnlyList<string> Members, IReadOnlyList<int> Widths)
    {
        public bool IsSame(Group other) => Members.SequenceEqual(other.Members) && Widths.SequenceEqual(other.Widths);
    }
}
