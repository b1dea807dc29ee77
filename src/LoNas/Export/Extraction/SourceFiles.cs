using LoNas.Storage;

namespace LoNas.Export.Extraction;

/// <summary>The files of a model folder that say how it is used: they go with every copy of it.</summary>
internal static class SourceFiles
{
    private static readonly string[] Names =
    [
        "generation_config.json", "tokenizer.model", "tokenizer.json", "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt", "chat_template.jinja",
    ];

    /// <summary>Copies those that are there, licences among them.</summary>
    public static void Copy(string from, string to)
    {
        foreach (var path in Directory.EnumerateFiles(from).Where(path => IsWanted(Path.GetFileName(path))))
        {
            // Through to the disk, as everything else of the new folder.
            using var source = File.OpenRead(path);
            AtomicFile.Write(Path.Combine(to, Path.GetFileName(path)), source.CopyTo);
        }
    }

    private static bool IsWanted(string name) => Names.Contains(name)
        || name.StartsWith("LICENSE", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("NOTICE", StringComparison.OrdinalIgnoreCase);
}
