using System.IO.Compression;
using System.Text;
using static TorchSharp.torch;

namespace LoNas.Tests.Support;

/// <summary>Writes the archives that torch.save writes, and damaged ones.</summary>
internal static class TorchWriter
{
    public static string StorageType(ScalarType type) => type switch
    {
        ScalarType.Float64 => "DoubleStorage",
        ScalarType.Float32 => "FloatStorage",
        ScalarType.Float16 => "HalfStorage",
        ScalarType.BFloat16 => "BFloat16Storage",
        ScalarType.Int64 => "LongStorage",
        ScalarType.Int32 => "IntStorage",
        ScalarType.Int16 => "ShortStorage",
        ScalarType.Int8 => "CharStorage",
        ScalarType.Byte => "ByteStorage",
        ScalarType.Bool => "BoolStorage",
        _ => throw new ArgumentException($"no storage for {type}"),
    };

    /// <summary>A state dict, each tensor in its own storage.</summary>
    public static void Save(string path, IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        using var scope = NewDisposeScope();
        var storages = new Dictionary<string, byte[]>();
        var pickle = new PickleWriter().Op('}').Op('(');
        foreach (var (name, tensor) in tensors)
        {
            var plain = tensor.contiguous();
            var key = $"{storages.Count}";
            storages.Add($"data/{key}", plain.bytes.ToArray());
            pickle.Text(name).Tensor(key, StorageType(plain.dtype), plain.numel(), 0, plain.shape, plain.stride());
        }

        Save(path, pickle.Op('u').End(), storages);
    }

    /// <summary>An archive of a pickle and further entries, all below one folder.</summary>
    public static void Save(
        string path, byte[] pickle, Dictionary<string, byte[]>? entries = null, CompressionLevel level = CompressionLevel.NoCompression)
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
