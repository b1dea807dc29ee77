using System.IO.Compression;
using LoNas.Text;

namespace LoNas.Tests.Support;

/// <summary>Tokenizers of published models, which stay beside the repository.</summary>
internal static class SharedTokenizer
{
    /// <summary>Loads one; what is packed there is unpacked into a folder.</summary>
    public static TextTokenizer Load(string name, TemporaryFolder folder)
    {
        foreach (var file in Directory.GetFiles(SharedData.Path("tokenizers", name)))
        {
            if (file.EndsWith(".gz", StringComparison.Ordinal))
            {
                using var packed = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
                using var plain = File.Create(folder.Path(Path.GetFileNameWithoutExtension(file)));
                packed.CopyTo(plain);
            }
            else
            {
                File.Copy(file, folder.Path(Path.GetFileName(file)));
            }
        }

        return TextTokenizer.Load(folder.Root);
    }
}
