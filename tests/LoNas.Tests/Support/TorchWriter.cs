using System.IO.Compression;
using System.Text;

namespace LoNas.Tests.Support;

/// <summary>Writes archives that torch.save would never write.</summary>
internal static class TorchWriter
{
    /// <summary>An archive of a pickle and further entries, all below one folder.</summary>
    public static void Save(
        string path,
        byte[] pickle,
        Dictionary<string, byte[]>? entries = null,
        CompressionLevel level = CompressionLevel.NoCompression)
    {
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create, leaveOpen: false, Encoding.UTF8);
        Add("data.pkl", pickle);
        Add("byteorder", "little"u8.ToArray());
        foreach (var (name, bytes) in entries ?? [])
        {
            Add(name, bytes);
        }

        void Add(string name, byte[] bytes)
        {
            using var stream = archive.CreateEntry($"archive/{name}", level).Open();
            stream.Write(bytes);
        }
    }
}
