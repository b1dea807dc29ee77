using System.IO.Compression;
using LoNas.Tests.Support;
using LoNas.Weights;

namespace LoNas.Tests.Weights;

public sealed class HostileTorchFileTests : IDisposable
{
    private const string Storage = "FloatStorage";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, byte[]> Pickles => new()
    {
        { "'os.system'", new PickleWriter().Global("os", "system").Text("touch run").Op(0x85).Op('R').End() },
        { "'builtins.eval'", new PickleWriter().Text("builtins").Text("eval").Op(0x93).End() },
        { "'torch._utils._rebuild_tensor_v3'", new PickleWriter().Global("torch._utils", "_rebuild_tensor_v3").End() },
        { "opcode 0x69", new PickleWriter().Op('i').End() },
        { "opcode 0x81", new PickleWriter().Op('}').Op(0x81).End() },
        { "memo 7", new PickleWriter().Op((byte)'h', 7).End() },
        { "memo 4294967295", new PickleWriter().Op((byte)'j', 255, 255, 255, 255).End() },
        { "empty stack", new PickleWriter().End() },
        { "empty stack", new PickleWriter().Op((byte)'q', 0).End() },
        { "without its mark", new PickleWriter().Op('t').End() },
        { "fewer than 3", new PickleWriter().Op('N').Op(0x87).End() },
        { "no dictionary of tensors", new PickleWriter().Op('N').End() },
        { "no dictionary of tensors", [.. Enumerable.Repeat((byte)'(', 20_000), (byte)']', (byte)'.'] },
        { "'a' is no tensor", new PickleWriter().Op('}').Text("a").Op('N').Op('s').End() },
        { "'a' twice", new PickleWriter().Op('}').Op('(').Text("a").Op('N').Text("a").Op('N').Op('u').End() },
        { "a key that is no text", new PickleWriter().Op('}').Op('N').Op('N').Op('s').End() },
        { "no function", new PickleWriter().Op('N').Op(')').Op('R').End() },
        { "do not fit", new PickleWriter().Global("torch._utils", "_rebuild_tensor_v2").Op(')').Op('R').End() },
        { "no storage", new PickleWriter().Text("x").Op('Q').End() },
        { "2147483647 bytes where", [0x80, 2, (byte)'X', 255, 255, 255, 127, (byte)'.'] },
        { "4294967295 bytes where", [0x80, 2, (byte)'T', 255, 255, 255, 255, (byte)'.'] },
        { "-1 bytes where", [0x80, 2, 0x8d, 255, 255, 255, 255, 255, 255, 255, 255, (byte)'.'] },
        { "255 bytes; expected at most 8", [0x80, 2, 0x8a, 255, 1, (byte)'.'] },
        { "not UTF-8", [0x80, 2, 0x8c, 1, 0xff, (byte)'.'] },
        { "without an end", [0x80, 2, (byte)'c', (byte)'a'] },
        { "unknown protocol", [0x80, 9, (byte)'.'] },
        { "where 0 are left", [0x80, 2, (byte)'N'] },
        { "where 0 are left", [] },
        { "outside its storage", One(Storage, 4, 1, [4], [1]) },
        { "outside its storage", One(Storage, 4, -1, [2], [1]) },
        { "outside its storage", One(Storage, 4, 0, [2], [-1]) },
        { "outside its storage", One(Storage, 4, 0, [-2], [1]) },
        { "outside its storage", One(Storage, 4, 0, [2, 2], [3, 1]) },
        { "outside its storage", One(Storage, 4, 0, [2], [long.MaxValue]) },
        { "outside its storage", One(Storage, 4, long.MaxValue, [2], [1]) },
        { "outside its storage", One(Storage, 4, 0, [1L << 40], [0]) },
        { "outside its storage", One(Storage, 4, 0, [0, 1L << 62, 1L << 62], [1, 1, 1]) },
        { "outside its storage", One(Storage, 4, 0, [2, 2], [1]) },
        { "outside its storage", One(Storage, 4, 0, [.. Enumerable.Repeat(1L, 100)], [.. Enumerable.Repeat(1L, 100)]) },
        { "claims a storage of 5", One(Storage, 5, 0, [4], [1]) },
        { "claims a storage of 4 elements of 8 bytes", One("DoubleStorage", 4, 0, [4], [1]) },
        { "claims a storage of -1", One(Storage, -1, 0, [0], [1]) },
        { "'data/../0', which is not there", One(Storage, 4, 0, [4], [1], "../0") },
    };

    [Theory]
    [MemberData(nameof(Pickles))]
    public void Open_HostilePickle_NamesTheProblemAndRunsNothing(string expected, byte[] pickle)
    {
        var path = _folder.Path("a.bin");
        TorchWriter.Save(path, pickle, new() { ["data/0"] = new byte[16] });

        var error = Assert.Throws<InvalidDataException>(() => TorchFile.Open(path));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists("run"));
    }

    [Fact]
    public void Open_CompressedEntries_AreRefusedBeforeTheyGrow()
    {
        // 64 MiB of zeros in a file of some 64 KiB.
        var path = _folder.Path("bomb.bin");
        TorchWriter.Save(path, new byte[64 << 20], level: CompressionLevel.SmallestSize);
        Assert.True(new FileInfo(path).Length < 1 << 18);

        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidDataException>(() => TorchFile.Open(path));

        Assert.Contains("'archive/data.pkl' is compressed", error.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Open_FromBeforeArchives_SaysSo()
    {
        var path = _folder.Path("old.bin");
        File.WriteAllBytes(
            path, [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.']);

        var error = Assert.Throws<InvalidDataException>(() => TorchFile.Open(path));

        Assert.Contains("before PyTorch 1.6", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_BigEndian_SaysSo()
    {
        var path = _folder.Path("big.bin");
        using (var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create))
        {
            foreach (var (name, text) in new[] { ("a/data.pkl", "}."), ("a/byteorder", "big") })
            {
                using var writer = new StreamWriter(archive.CreateEntry(name, CompressionLevel.NoCompression).Open());
                writer.Write(text);
            }
        }

        Assert.Contains(
            "big-endian", Assert.Throws<InvalidDataException>(() => TorchFile.Open(path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TruncatedAnywhere_NamesTheFile()
    {
        var whole = File.ReadAllBytes(Repository.Fixture("llama-tiny-sharded-bin", "pytorch_model-00002-of-00002.bin"));
        var path = _folder.Path("cut.bin");
        for (int length = 0; length < whole.Length; length += 997)
        {
            File.WriteAllBytes(path, whole[..length]);
            var error = Assert.Throws<InvalidDataException>(() => TorchFile.Open(path));
            Assert.Contains("cut.bin", error.Message, StringComparison.Ordinal);
        }
    }

    private static byte[] One(
        string type, long count, long offset, long[] shape, long[] strides, string key = "0") =>
        new PickleWriter().Op('}').Text("w").Tensor(key, type, count, offset, shape, strides).Op('s').End();
}
