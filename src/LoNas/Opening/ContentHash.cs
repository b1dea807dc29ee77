using System.Security.Cryptography;
using System.Text;
using LoNas.Storage;

namespace LoNas.Opening;

/// <summary>Tells files by their content, so that work is not gone on with after one of them was replaced.</summary>
public static class ContentHash
{
    /// <summary>
    /// Above this a file is sampled: its beginning, which lists the tensors, its end, and blocks all over it.
    /// </summary>
    public const int LargeFile = 64 << 20;

    private const int EndBytes = 1 << 20;

    private const int Blocks = 64;

    private const int BlockBytes = 64 << 10;

    private static readonly string[] ModelFiles =
    [
        "config.json", "generation_config.json", "*.safetensors", "*.bin", "*.model", "tokenizer*",
        "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt",
    ];

    /// <summary>The files of a model folder that its answers depend on.</summary>
    public static string OfModel(string folder) => Of(Files(folder, ModelFiles));

    /// <summary>The files of a folder that match one of the patterns, each once, in order.</summary>
    public static IEnumerable<string> Files(string folder, params IEnumerable<string> patterns) => patterns
        .SelectMany(pattern => Directory.EnumerateFiles(folder, pattern)).Distinct().Order(StringComparer.Ordinal);

    /// <summary>16 hexadecimal digits for the lengths and content of some files, whatever their names.</summary>
    public static string Of(params IEnumerable<string> paths)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in paths)
        {
            using var file = InputPath.OpenAny(path);
            hash.AppendData(Encoding.UTF8.GetBytes($"{file.Length}\n"));
            Append(hash, file);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static void Append(IncrementalHash hash, FileStream file)
    {
        if (file.Length <= LargeFile)
        {
            Append(hash, file, 0, file.Length);
            return;
        }

        Append(hash, file, 0, EndBytes);
        for (long block = 0; block < Blocks; block++)
        {
            Append(hash, file, (file.Length - BlockBytes) * block / (Blocks - 1), BlockBytes);
        }

        Append(hash, file, file.Length - EndBytes, EndBytes);
    }

    private static void Append(IncrementalHash hash, FileStream file, long start, long count)
    {
        var bytes = new byte[Math.Min(count, EndBytes)];
        file.Position = start;
        while (count > 0)
        {
            var part = bytes.AsSpan(0, (int)Math.Min(count, bytes.Length));
            file.ReadExactly(part);
            hash.AppendData(part);
            count -= part.Length;
        }
    }
}
