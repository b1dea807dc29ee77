using System.Text.RegularExpressions;
using LoNas.Errors;
using LoNas.Storage;

namespace LoNas.Weights;

/// <summary>
/// Says of a folder that is no model or no adapter what it is instead, and what to give in its place: people give the
/// folder above, the one beside, a file in it, or the one for the other setting.
/// </summary>
internal static partial class FolderGuide
{
    public const string ModelFile = "config.json";

    public const string AdapterFile = "adapter_config.json";

    private const int MostShown = 6;

    /// <summary>What else lies where a model is expected, by a file or folder of it.</summary>
    private static readonly (string Pattern, string Meaning)[] Rows =
    [
        ("*.gguf", "a GGUF file is for llama.cpp; give the Hugging Face folder that it was converted from"),
        ("params.json", "these are Meta's own files; convert them with Transformers' convert_llama_weights_to_hf.py"),
        ("consolidated*", "these are the original files; get the model's Hugging Face files"),
        ("zero_to_fp32.py", "these are DeepSpeed's shards; run zero_to_fp32.py in the folder"),
        ("global_step*", "these are DeepSpeed's shards; join them with its zero_to_fp32.py"),
        ("*fsdp*", "these are FSDP's shards; save the whole state dict"),
        ("tf_model.h5", "TensorFlow's weights are not read; get them as safetensors"),
        ("flax_model*", "Flax's weights are not read; get them as safetensors"),
        ("*.onnx", "ONNX files are not read; get the model that they were made from"),
        ("model_index.json", "this is a pipeline of Diffusers, not a language model"),
        ("*.ckpt", "a Lightning checkpoint is not read; save the model's own state dict"),
        ("*.incomplete", "the download did not finish; start it again"),
        ("*.part", "the download did not finish; start it again"),
        ("*.crdownload", "the download did not finish; start it again"),
        ("*.aria2", "the download did not finish; start it again"),
        ("*.fp16.*", "a variant's files have other names here; rename them, without the variant"),
        ("*.safetensors", "rename the weights as a model's, or get its index"),
    ];

    /// <exception cref="InvalidDataException">The path is no folder with a config.json.</exception>
    public static void RequireModel(string path) => Require(path, "model", ModelFile, AdapterFile, OtherForModel);

    /// <exception cref="InvalidDataException">The path is no folder with an adapter_config.json.</exception>
    public static void RequireAdapter(string path) =>
        Require(path, "adapter", AdapterFile, ModelFile, OtherForAdapter);

    /// <summary>The error of a model folder without weights under one of the names that are looked for.</summary>
    public static InvalidDataException NoWeights(string path, IEnumerable<string> names) => new(
        $"The model folder '{path}' holds no weights; expected one of {string.Join(", ", names)}; "
        + (Meaning(path) is { } meaning ? $"{Contents(path)}: {meaning}" : Contents(path)));

    private static void Require(
        string path, string purpose, string marker, string other, Func<string, InvalidDataException?> otherError)
    {
        if (File.Exists(path))
        {
            throw new InvalidDataException(
                $"The {purpose} '{path}' is a file; expected a folder{OfFile(path, marker)}");
        }

        InputPath.RequireFolder(path, purpose);
        if (File.Exists(Path.Combine(path, marker)) || new FileInfo(Path.Combine(path, marker)).LinkTarget is not null)
        {
            return;
        }

        throw File.Exists(Path.Combine(path, other)) && otherError(path) is { } error ? error
            : new InvalidDataException(
                $"The {purpose} folder '{path}' has no {marker}; {Below(path, marker) ?? Beside(path, marker)}")
                .About(purpose == "model" ? Setting.Model : Setting.Adapter);
    }

    private static InvalidDataException OtherForModel(string path)
    {
        var json = JsonInput.Load(Path.Combine(path, AdapterFile), "adapter configuration");
        var name = json.ValueKind == System.Text.Json.JsonValueKind.Object
            && json.TryGetProperty("base_model_name_or_path", out var found)
            && found.ValueKind == System.Text.Json.JsonValueKind.String ? found.GetString() : null;
        return new InvalidDataException(
            $"The model folder '{path}' is an adapter ({AdapterFile}); give it as the adapter, and its base"
            + $"{(name is null ? "" : $" '{Excerpt.Of(name)}'")} as the model").About(Setting.Adapter, Setting.Model);
    }

    private static InvalidDataException OtherForAdapter(string path) => new InvalidDataException(
        Below(path, AdapterFile) is { } below
            ? $"The adapter folder '{path}' is a model with an adapter of its own; {below}"
            : $"The adapter folder '{path}' is a model ({ModelFile}), not an adapter; give it as the model")
        .About(Setting.Model, Setting.Adapter);

    private static string OfFile(string path, string marker)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? $"; {Rows[0].Meaning}"
            : File.Exists(Path.Combine(folder, marker)) ? $"; give the one that it is in, '{folder}'"
            : StandInOf(path);
    }

    private static string StandInOf(string path) => Path.GetExtension(path) is ".zip" or ".gz" or ".tar" or ".tgz"
        ? "; unpack it, and give the folder" : $" with a {ModelFile} or {AdapterFile} in it";

    /// <summary>Folders below that have the file: children, a trainer's checkpoints, a hub cache's snapshots.</summary>
    private static string? Below(string path, string marker)
    {
        var children = Directory.GetDirectories(path);
        var snapshots = Path.Combine(path, "snapshots");
        var found = children.Concat(Directory.Exists(snapshots) ? Directory.GetDirectories(snapshots) : [])
            .Where(child => File.Exists(Path.Combine(child, marker)))
            .OrderByDescending(child => Step().Match(child) is { Success: true } step ? long.Parse(step.Groups[1].Value)
                : Directory.GetLastWriteTimeUtc(child).Ticks)
            .ThenBy(child => child, StringComparer.Ordinal).ToArray();
        var cached = children.Select(Path.GetFileName).FirstOrDefault(name => CachedName().IsMatch(name!));
        return found.Length == 1 ? $"it is in the folder '{found[0]}', give that one"
            : found.Length > 1 ? $"{found.Length} folders in it have one; give one of them, such as '{found[0]}'"
            : cached is not null
                ? $"it is a hub's cache; give a model in it by its name, such as '{cached[8..].Replace("--", "/")}'"
            : null;
    }

    private static string Beside(string path, string marker)
    {
        if (!Directory.EnumerateFileSystemEntries(path).Any())
        {
            return "the folder is empty; check the path";
        }

        if (Meaning(path) is { } meaning && !meaning.StartsWith("rename", StringComparison.Ordinal))
        {
            return $"{Contents(path)}: {meaning}";
        }

        bool hasWeights = Has(path, "*.safetensors") || Has(path, "*.bin");
        return Contents(path) + (hasWeights
            ? $"; copy the {marker} from where these weights were saved" : "; check the path");
    }

    private static string? Meaning(string path) =>
        Rows.FirstOrDefault(row => Has(path, row.Pattern)).Meaning;

    private static bool Has(string path, string pattern) => Directory.EnumerateFileSystemEntries(path, pattern).Any();

    private static string Contents(string path)
    {
        var names = Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry)!)
            .Order(StringComparer.Ordinal).ToArray();
        var more = names.Length > MostShown ? $" and {names.Length - MostShown} more" : "";
        return $"it has {string.Join(", ", names.Take(MostShown).Select(name => Excerpt.Of(name)))}{more}";
    }

    [GeneratedRegex(@"checkpoint-(\d{1,18})$")]
    private static partial Regex Step();

    [GeneratedRegex("^models--[^-].*--")]
    private static partial Regex CachedName();
}
