using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LoNas.Storage;

/// <summary>
/// Recognises what lies in place of a file: pointers of Git LFS and git-annex, messages of servers that were saved
/// under the file's name, downloads that did not finish, and files of another kind. Looks at the first bytes alone.
/// </summary>
internal static partial class StandIn
{
    private const int HeadLength = 1024;

    private const int LongestMessage = 4096;

    /// <summary>Keys of a server's error message; one of others is a file of its own.</summary>
    private static readonly string[] MessageKeys =
        ["error", "message", "detail", "status", "statusCode", "code", "url", "request_id", "documentation_url"];

    /// <summary>Kinds of files by what they begin with, and what one is called where it is expected.</summary>
    private static readonly (byte[] Start, string Kind, string Purpose)[] Kinds =
    [
        ([.. "GGUF"u8], "a GGUF file, which llama.cpp reads", "GGUF file"),
        ([.. "PK\u0003\u0004"u8], "a ZIP archive, such as torch.save writes", "PyTorch file"),
        ([0x80, 2, 0x8A, 10], "a Python pickle", "PyTorch file"),
        ([0x89, .. "HDF"u8], "an HDF5 file, as TensorFlow's weights are", ""),
        ([0x1F, 0x8B], "compressed with gzip; unpack it", "compressed data set"),
        ([0x28, 0xB5, 0x2F, 0xFD], "compressed with zstd; unpack it", ""),
        ([0xFD, .. "7zXZ"u8], "compressed with xz; unpack it", ""),
        ([.. "%PDF"u8], "a PDF document", ""),
        (
            [.. "PAR1"u8], "a Parquet file; write its records as JSON, with to_json of datasets or pandas",
            "Parquet file"),
        ([.. "ARROW1"u8], "an Arrow file; write its records as JSON, with to_json of datasets or pandas", ""),
    ];

    /// <summary>What a file is in place of itself, and what to do; null where it may be what it should.</summary>
    /// <param name="path">A file that exists.</param>
    /// <param name="purpose">What it should be, as messages call it.</param>
    public static string? Find(string path, string purpose)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var head = new byte[HeadLength];
        int count = stream.ReadAtLeast(head, HeadLength, throwOnEndOfStream: false);
        return File.Exists($"{path}.aria2") ? "is an unfinished download: its '.aria2' file lies beside it; finish it"
            : count == 0 ? "is empty (0 bytes); get it again"
            : head.AsSpan(0, count) is var bytes && count >= 8 && !bytes.ContainsAnyExcept((byte)0)
                ? "begins with zeros alone: the download did not finish; get it again"
            : OfText(Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF', ' ', '\r', '\n', '\t'), stream.Length, purpose)
                ?? OfKind(bytes, purpose);
    }

    /// <summary>The same of a file that is not there: what lies beside it, or where its link leads; or null.</summary>
    public static string? OfMissing(string path)
    {
        if (path.Length > 0 && new FileInfo(path).LinkTarget is { } target)
        {
            return $"is a link to '{target}', which is not there; "
                + (target.Contains("annex/objects", StringComparison.Ordinal)
                    ? "run git annex get" : "copy the file itself, not the link");
        }

        var partial = new[] { ".incomplete", ".part", ".crdownload", ".partial", ".download", ".tmp", ".aria2" }
            .Select(end => path + end).FirstOrDefault(File.Exists);
        return partial is null ? null : $"is not there, but '{partial}' is, an unfinished download; finish it";
    }

    private static string? OfText(string head, long length, string purpose)
    {
        if (head.StartsWith("version https://git-lfs", StringComparison.Ordinal)
            || head.StartsWith("version https://hawser", StringComparison.Ordinal))
        {
            var size = PointerSize().Match(head) is { Success: true } found ? $" ({found.Groups[1]} bytes)" : "";
            return $"is a Git LFS pointer, not the file itself{size}; run git lfs pull";
        }

        if (length <= LongestMessage && (ServerMessage().Match(head) is { Success: true } said ? said.Value.Trim()
            : JsonMessage(head)) is { } message)
        {
            return $"is a server's message, not the file: '{Excerpt.Of(message)}'; get it again, and with a token "
                + "where the model is private or gated";
        }

        return head.Contains("/annex/objects/", StringComparison.Ordinal) && length < HeadLength
                ? "is a git-annex pointer, not the file itself; run git annex get"
            : Page().IsMatch(head) ? "is a web page, not the file; on a hub take the address with 'resolve', not 'blob'"
            : head.StartsWith("<?xml", StringComparison.Ordinal)
                ? "is an XML document, such as a storage server's error message; get it again"
            : purpose == "tokenizer" && RankLines().IsMatch(head)
                ? "is a list of BPE ranks, as tiktoken reads it (original/tokenizer.model of Llama 3); use the "
                    + "tokenizer.json of the same model in its place"
            : null;
    }

    private static string? JsonMessage(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.EnumerateObject().All(entry => MessageKeys.Contains(entry.Name))
                && (root.TryGetProperty("error", out var error) || root.TryGetProperty("message", out error))
                && error.ValueKind == JsonValueKind.String
                ? error.GetString()
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? OfKind(ReadOnlySpan<byte> head, string purpose)
    {
        foreach (var (start, kind, own) in Kinds)
        {
            if (head.StartsWith(start) && own != purpose)
            {
                return $"is {kind}; expected the {purpose}";
            }
        }

        bool isSafetensors = head.Length > 10 && head[6..8].SequenceEqual("\0\0"u8) && head[8] == '{' && head[9] == '"';
        bool isOnnx = head.Length > 16 && head[0] == 8 && head[1] < 32 && head[2] == 0x12
            && head[..16].IndexOf("pytorch"u8) > 0;
        return isSafetensors && purpose != "safetensors file" ? $"is a safetensors file; expected the {purpose}"
            : isOnnx ? "is an ONNX file; get the weights that it was made from, as safetensors"
            : null;
    }

    [GeneratedRegex(@"^size (\d{1,19})", RegexOptions.Multiline)]
    private static partial Regex PointerSize();

    [GeneratedRegex(
        @"^(?:(?:Entry|Repository|Revision|File|Page) not found|(?:404:? )?Not Found|Invalid username or password"
        + @"|Access to .{1,200} is restricted|Unauthorized|Forbidden|Access denied|Too Many Requests|Bad Gateway"
        + @"|Internal Server Error|Service (?:Temporarily )?Unavailable|Gateway Time-?out)\b[^\r\n]*\s*\z",
        RegexOptions.IgnoreCase)]
    private static partial Regex ServerMessage();

    [GeneratedRegex(@"^<(?:!DOCTYPE html|html|head)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Page();

    [GeneratedRegex(@"^(?:[A-Za-z0-9+/]+={0,2} \d+\r?\n){3}")]
    private static partial Regex RankLines();
}
