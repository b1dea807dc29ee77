using LoNas.Storage;

namespace LoNas.Cli.Output;

/// <summary>What a file that a command writes may replace: nothing unasked, and never what the command reads.</summary>
internal static class OutputFile
{
    /// <summary>Files of a model's folder in JSON that are read by their names.</summary>
    private static readonly string[] ReadJson =
    [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
        "added_tokens.json", "vocab.json", "chat_template.json", "adapter_config.json", "lonas.json",
        "nncf_config.json", "pareto_front.json", "subnetwork_best.json", "lonas_run.json",
    ];

    /// <summary>Checks it before anything is computed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overwrite">Whether another file may be replaced.</param>
    /// <param name="inputs">Files, and folders with their files, that the command reads.</param>
    /// <exception cref="ArgumentException">A file is there that must stay.</exception>
    public static void Require(string path, bool overwrite, IEnumerable<string?> inputs)
    {
        if (Directory.Exists(path))
        {
            throw new ArgumentException(
                $"The output '{path}' is a folder; give the file to write, such as a name in it");
        }

        // A name is replaced, not what it links to: the folder's links count and the file's own does not.
        var place = RealPath.OfName(path);
        if ((FileKind.OfOther(path) ?? OfSystem(place)) is { } kind)
        {
            throw new ArgumentException(
                $"The output '{path}' is {kind}, which a file would take the place of; give the name of a file");
        }

        bool exists = new FileInfo(path) is { Exists: true } or { LinkTarget: not null };
        if (inputs.OfType<string>().FirstOrDefault(input => IsRead(input, place, exists)) is { } read)
        {
            throw new ArgumentException(
                $"The output '{path}' is a file of '{read}', which this command reads; give another place");
        }

        if (exists && !overwrite)
        {
            throw new ArgumentException(
                $"The output '{path}' exists already; give another name, or --overwrite to replace it");
        }
    }

    /// <summary>What belongs to the system, such as /dev/stdout; null for all other places.</summary>
    private static string? OfSystem(string place) =>
        OperatingSystem.IsWindows() ? null
        : place.StartsWith("/dev/", StringComparison.Ordinal)
            && !place.StartsWith("/dev/shm/", StringComparison.Ordinal)
        ? "below /dev/" : null;

    /// <summary>
    /// Whether a file is read now, or would be the next time: a model's folder takes no file of a model's names.
    /// </summary>
    private static bool IsRead(string input, string place, bool exists)
    {
        var name = Path.GetFileName(place);
        bool isNamed = RealPath.Read(input).Any(read => RealPath.IsWithin(place, read));
        return isNamed && !(Directory.Exists(input) && (IsBeside(name) || (!exists && name == "nncf_config.json")));
    }

    /// <summary>Whether a file in a model's folder is none of its own: nothing reads it.</summary>
    private static bool IsBeside(string name) => name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)
        || (name.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            && !name.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase)
            && !ReadJson.Contains(name, StringComparer.OrdinalIgnoreCase));
}
