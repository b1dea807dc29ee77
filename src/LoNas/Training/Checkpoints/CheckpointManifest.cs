using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Storage;

namespace LoNas.Training.Checkpoints;

/// <summary>
/// <c>manifest.json</c> of a checkpoint: names, sizes and SHA-256 of its files. It is written last, so a checkpoint
/// that matches its manifest is complete.
/// </summary>
internal static class CheckpointManifest
{
    public const string FileName = "manifest.json";

    private const string Files = "files";
    private const string Size = "size";
    private const string Hash = "sha256";

    /// <summary>Writes the manifest of the files that a folder holds now.</summary>
    public static void Write(string folder)
    {
        var files = new DirectoryInfo(folder).EnumerateFiles()
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => KeyValuePair.Create(file.Name, (JsonNode?)new JsonObject
            {
                [Size] = file.Length,
                [Hash] = HashOf(file.FullName),
            }));
        JsonOutput.Save(Path.Combine(folder, FileName), new JsonObject { [Files] = new JsonObject(files) });
        FolderFlush.Flush(folder);
    }

    /// <summary>Whether two checkpoints are the same one or copies of it.</summary>
    public static bool AreSame(string folder, string other) =>
        Path.Combine(folder, FileName) is var path && Path.Combine(other, FileName) is var second
        && File.Exists(path) && File.Exists(second) && FileKind.OfOther(path) is null
        && FileKind.OfOther(second) is null
        && File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(second));

    /// <summary>What is wrong with a checkpoint; null if each of its files is as it was written.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="required">Files that the manifest must list.</param>
    public static string? Problem(string folder, IEnumerable<string> required)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return $"its {FileName} is missing";
        }

        try
        {
            var root = JsonInput.Load(path, "checkpoint manifest");
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(Files, out var files)
                || files.ValueKind != JsonValueKind.Object)
            {
                return $"its {FileName} has no object '{Files}'";
            }

            return required.Where(name => !files.TryGetProperty(name, out _))
                .Select(name => $"its {FileName} lacks {name}")
                .Concat(files.EnumerateObject().Select(file => Problem(folder, file.Name, file.Value)))
                .FirstOrDefault(problem => problem is not null);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return error.Message;
        }
    }

    private static string? Problem(string folder, string name, JsonElement entry)
    {
        // A manifest must not reach files outside its folder, on any system.
        if (name.Length == 0 || name is "." or ".." || name.IndexOfAny(['/', '\\', ':', '\0']) >= 0)
        {
            return $"its {FileName} names '{name}'; expected the name of a file in the same folder";
        }

        if (entry.ValueKind != JsonValueKind.Object
            || !entry.TryGetProperty(Size, out var size) || !size.TryGetInt64Safe(out long length)
            || !entry.TryGetProperty(Hash, out var hash) || hash.ValueKind != JsonValueKind.String)
        {
            return $"its {FileName} has no size and SHA-256 of {name}";
        }

        var file = new FileInfo(Path.Combine(folder, name));
        return !file.Exists ? $"{name} is missing"
            : FileKind.OfOther(file.FullName) is { } kind ? $"{name} is {kind}"
            : file.LinkTarget is not null ? $"{name} is a link"
            : file.Length != length ? $"{name} has {file.Length} bytes of {length}"
            : HashOf(file.FullName) != hash.GetString() ? $"{name} has another SHA-256 than when it was written"
            : null;
    }

    private static bool TryGetInt64Safe(this JsonElement element, out long value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out value);
    }

    private static string HashOf(string path)
    {
        using var stream = InputPath.OpenAny(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
