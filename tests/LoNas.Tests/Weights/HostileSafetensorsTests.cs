using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using LoNas.Hub;
using LoNas.Tests.Support;
using LoNas.Weights;

namespace LoNas.Tests.Weights;

/// <summary>Invalid safetensors files and indexes: each is refused with its name and the reason.</summary>
public sealed class HostileSafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>F32 and AT stand for the keys of type and range.</summary>
    public static TheoryData<string, string> Headers => new()
    {
        { "'a' and 'b' overlap", """{"a":{F32,"shape":[2],AT[0,8]},"b":{F32,"shape":[2],AT[4,12]}}""" },
        { "'a' and 'b' overlap", """{"b":{F32,"shape":[1],AT[4,8]},"a":{F32,"shape":[4],AT[0,16]}}""" },
        { "claims bytes 0 to 20 of 16", """{"a":{F32,"shape":[5],AT[0,20]}}""" },
        { "claims bytes 8 to 4 of 16", """{"a":{F32,"shape":[1],AT[8,4]}}""" },
        { "claims bytes -4 to 4 of 16", """{"a":{F32,"shape":[2],AT[-4,4]}}""" },
        { "claims bytes 0 to 9223372036854775807", """{"a":{F32,"shape":[2],AT[0,9223372036854775807]}}""" },
        { "does not fill its 8 bytes", """{"a":{F32,"shape":[3],AT[0,8]}}""" },
        { "does not fill its 8 bytes", """{"a":{F32,"shape":[-2],AT[0,8]}}""" },
        { "does not fill its 0 bytes", """{"a":{F32,"shape":[4611686018427387904,4],AT[0,0]}}""" },
        { "does not fill its 0 bytes", """{"a":{F32,"shape":[0,4611686018427387904,4611686018427387904],AT[0,0]}}""" },
        { "lacks a readable dtype", """{"a":{F32,"shape":[2],AT[0,99999999999999999999]}}""" },
        { "lacks a readable dtype", """{"a":{F32,"shape":[1.5],AT[0,8]}}""" },
        { "lacks a readable dtype", """{"a":{F32,"shape":[2],AT[0]}}""" },
        { "lacks a readable dtype", """{"a":{"dtype":4,"shape":[2],AT[0,8]}}""" },
        { "lacks a readable dtype", """{"a":[0,8]}""" },
        { "has the type Q4", """{"a":{"dtype":"Q4","shape":[2],AT[0,8]}}""" },
        { "'a' is listed twice", """{"a":{F32,"shape":[1],AT[0,4]},"a":{F32,"shape":[1],AT[4,8]}}""" },
        { "no JSON object", "[1]" },
        { "not valid JSON", "{\"a\":" },
        { "not valid JSON", "{\"a\":{\"dtype\":\"\\ud800\",\"shape\":[2],\"data_offsets\":[0,8]}}" },
    };

    public static TheoryData<string, string> Indexes => new()
    {
        { "expected the name of a file in the same folder", """{"weight_map":{"a":"../secret.safetensors"}}""" },
        { "expected the name of a file in the same folder", """{"weight_map":{"a":"/etc/passwd"}}""" },
        { "expected the name of a file in the same folder", """{"weight_map":{"a":"..\\secret.safetensors"}}""" },
        { "expected the name of a file in the same folder", """{"weight_map":{"a":"C:x.safetensors"}}""" },
        { "expected the name of a file in the same folder", """{"weight_map":{"a":".."}}""" },
        { "expected the name of a file in the same folder", """{"weight_map":{"a":"x\u0000"}}""" },
        { "expected the name of a file in the same folder", """{"weight_map":{"a":7}}""" },
        {
            "names 1 files that are not beside it: model-2.safetensors",
            """{"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}"""
        },
        { "lists tensor 'a' twice", """{"weight_map":{"a":"model-1.safetensors","a":"model-1.safetensors"}}""" },
        { "no object 'weight_map'", """{"weight_map":["model-1.safetensors"]}""" },
        { "half of a surrogate pair", "{\"weight_map\":{\"a\":\"\\ud800\"}}" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Headers))]
    public void Open_HeaderThatLies_NamesFileAndReason(string expected, string header)
    {
        var path = Write("a.safetensors", header, data: 16);

        var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    public void Open_HeaderLongerThanTheFile_AllocatesNothingForIt(long length)
    {
        var bytes = new byte[64];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        var path = _folder.Path("a.safetensors");
        File.WriteAllBytes(path, bytes);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Open_TruncatedAnywhere_NamesTheFile()
    {
        var whole = File.ReadAllBytes(Repository.Fixture("llama-tiny", "model.safetensors"));
        var path = _folder.Path("cut.safetensors");
        for (int length = 0; length < whole.Length; length += 1499)
        {
            File.WriteAllBytes(path, whole[..length]);
            var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
            Assert.Contains("cut.safetensors", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Indexes))]
    public void Open_IndexThatLies_NamesItAndTheReason(string expected, string index)
    {
        Write("model-1.safetensors", """{"a":{F32,"shape":[4],"data_offsets":[0,16]}}""", data: 16);
        var path = _folder.Path("model.safetensors.index.json");
        File.WriteAllText(path, index);

        var error = Assert.Throws<InvalidDataException>(() => WeightFolder.Open(_folder.Root));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../pytorch_model.bin")]
    [InlineData("/etc/passwd")]
    [InlineData("..\\..\\secret.bin")]
    [InlineData("C:\\secret.bin")]
    [InlineData("..")]
    public void Open_TorchIndexThatLeadsElsewhere_IsRefused(string shard)
    {
        var index = _folder.Path("pytorch_model.bin.index.json");
        File.WriteAllText(
            index, JsonSerializer.Serialize(new { weight_map = new Dictionary<string, string> { ["a"] = shard } }));

        var loading = Assert.Throws<InvalidDataException>(() => WeightFolder.Open(_folder.Root));
        var download = Assert.Throws<InvalidDataException>(() => HubFileSet.Shards(index));

        Assert.Contains("expected the name of a file in the same folder", loading.Message, StringComparison.Ordinal);
        Assert.Contains("expected a file name", download.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_IndexOfLongNames_QuotesOnlyTheirBeginning()
    {
        var index = _folder.Path("model.safetensors.index.json");
        File.WriteAllText(
            index, $$"""{"weight_map":{"{{new string('a', 1 << 20)}}":"../{{new string('b', 1 << 20)}}"} }""");

        var error = Assert.Throws<InvalidDataException>(() => WeightFolder.Open(_folder.Root));

        Assert.InRange(error.Message.Length, 100, 1000);
    }

    [Fact]
    public void Open_TensorInTwoShards_NamesIt()
    {
        const string Header = """{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""";
        Write("model-1.safetensors", Header, data: 16);
        Write(
            "model-2.safetensors",
            Header.Replace("\"a\"", "\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"b\""), 16);
        File.WriteAllText(
            _folder.Path("model.safetensors.index.json"),
            """{"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}""");

        var error = Assert.Throws<InvalidDataException>(() => WeightFolder.Open(_folder.Root));

        Assert.Contains("Tensor 'a' is in more than one file", error.Message, StringComparison.Ordinal);
    }

    private string Write(string name, string header, int data)
    {
        var json = Encoding.UTF8.GetBytes(
            header.Replace("F32,", "\"dtype\":\"F32\",").Replace("AT", "\"data_offsets\":"));
        var bytes = new byte[8 + json.Length + data];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        File.WriteAllBytes(_folder.Path(name), bytes);
        return _folder.Path(name);
    }
}
