using LoNas.Storage;

namespace LoNas.Export.Extraction;

/// <summary>The files of a model folder that say how it is used: they go with every copy of it.</summary>
internal static class SourceFiles
{
    /// <summary>A folder of chat templates beside the usual one.</summary>
    private const string MoreTemplates = "additional_chat_templates";

    private static readonly string[] Names =
    [
        "generation_config.json", "tokenizer.model", "tokenizer.json", "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt", "chat_template.jinja", "chat_template.json",
    ];

    /// <summary>Copies those that are there, licences among them.</summary>
    public static void Copy(string from, string to)
    {
        Copy(Directory.EnumerateFiles(from).Where(path => IsWanted(Path.GetFileName(path))), to);
        if (Directory.Exists(Path.Combine(from, MoreTemplates)))
        {
            var more = Directory.CreateDirectory(Path.Combine(to, MoreTemplates)).FullName;
            Copy(Directory.EnumerateFiles(Path.Combine(from, MoreTemplates), "*.jinja"), more);
        }
    }

    /// <summary>Whether a copy may have an entry of this name, a path relative to it with slashes.</summary>
    public static bool MayCopy(string name) => IsWanted(name) || name == MoreTemplates
        || (name.StartsWith($"{MoreTemplates}/", StringComparison.Ordinal)
            && name.EndsWith(".jinja", StringComparison.Ordinal));

    private static void Copy(IEnumerable<string> files, string to)
    {
        foreach (var path in files)
        {
            // Through to the disk, as everything else of the new folder.
            using var source = InputPath.OpenAny(path);
            AtomicFile.Write(Path.Combine(to, Path.GetFileName(path)), source.CopyTo);
        }
    }

    private static bool IsWanted(string name) => Names.Contains(name)
        || name.StartsWith("LICENSE", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("NOTICE", StringComparison.OrdinalIgnoreCase);
}
