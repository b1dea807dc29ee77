using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LoNas.Hub;

/// <summary>Holds a downloaded file against the hash by which the hub names it.</summary>
internal static class HubChecksum
{
    private const int Sha256Length = 64;
    private const int Sha1Length = 40;

    /// <summary>What is wrong with a file's content, or null.</summary>
    public static string? Problem(string path, string tag)
    {
        using var stream = File.OpenRead(path);
        var actual = tag.Length switch
        {
            Sha256Length => Convert.ToHexStringLower(SHA256.HashData(stream)),
            Sha1Length => GitHash(stream),
            _ => tag, // some other name of the content, which can't be checked
        };
        return actual.Equals(tag, StringComparison.OrdinalIgnoreCase)
            ? null
            : $"its {(tag.Length == Sha256Length ? "SHA-256" : "git hash")} is {actual}, and the hub announces {tag}";
    }

    /// <summary>Git hashes a header with the size before the content.</summary>
    private static string GitHash(Stream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {stream.Length}\0")));
        var buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
