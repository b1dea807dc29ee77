using System.Text;

namespace LoNas.Export.Gguf;

/// <summary>The keys and values of a GGUF file, in binary form.</summary>
internal sealed class GgufMetadata
{
    private readonly MemoryStream _bytes = new();
    private readonly BinaryWriter _writer;

    public GgufMetadata() => _writer = new BinaryWriter(_bytes);

    /// <summary>The numbers of the value types in a file.</summary>
    private enum Kind : uint
    {
        UInt32 = 4,
        Int32 = 5,
        Float32 = 6,
        Bool = 7,
        String = 8,
        Array = 9,
    }

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.GetBuffer().AsSpan(0, (int)_bytes.Length);

    public GgufMetadata Add(string key, string value)
    {
        Begin(key, Kind.String);
        Write(_writer, value);
        return this;
    }

    public GgufMetadata Add(string key, long value)
    {
        Begin(key, Kind.UInt32);
        _writer.Write(checked((uint)value));
        return this;
    }

    public GgufMetadata Add(string key, double value)
    {
        Begin(key, Kind.Float32);
        _writer.Write((float)value);
        return this;
    }

    public GgufMetadata Add(string key, bool value)
    {
        Begin(key, Kind.Bool);
        _writer.Write(value);
        return this;
    }

    public GgufMetadata Add(string key, IReadOnlyList<string> values)
    {
        BeginArray(key, Kind.String, values.Count);
        foreach (var value in values)
        {
            Write(_writer, value);
        }

        return this;
    }

    public GgufMetadata Add(string key, IReadOnlyList<int> values)
    {
        BeginArray(key, Kind.Int32, values.Count);
        foreach (int value in values)
        {
            _writer.Write(value);
        }

        return this;
    }

    public GgufMetadata Add(string key, IReadOnlyList<float> values)
    {
        BeginArray(key, Kind.Float32, values.Count);
        foreach (float value in values)
        {
            _writer.Write(value);
        }

        return this;
    }

    /// <summary>Writes a string in GGUF's form: its length in bytes, then UTF-8.</summary>
    public static void Write(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private void Begin(string key, Kind kind)
    {
        Write(_writer, key);
        _writer.Write((uint)kind);
        Count++;
    }

    private void BeginArray(string key, Kind kind, int count)
    {
        Begin(key, Kind.Array);
        _writer.Write((uint)kind);
        _writer.Write((ulong)count);
    }
}
