using System.Buffers.Binary;
using LoNas.MutationTests.Mutations;
using LoNas.Weights;

namespace LoNas.MutationTests;

/// <summary>Malicious archives that no library would write, each with one trick.</summary>
public sealed class HostileArchiveTests : IDisposable
{
    private static readonly byte[] Pickle = new PickleWriter().Op('}').Text("w")
        .Tensor("0", "FloatStorage", 4, 0, [4], [1]).Op('s').End();

    private readonly MutationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Names =>
        ["../../etc/passwd", "a/../../x", "/etc/passwd", "\\x", "a\\..\\x", "C:/x", "a/x\0y"];

    [Fact]
    public void Open_ArchiveOfThisWriter_IsRead()
    {
        using var file = TorchFile.Open(Save(Whole().End()));

        Assert.Equal([4L], file.ShapeOf("w"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Open_EntryThatLeadsElsewhere_IsRefused(string name) =>
        Refused("would lie outside the archive", Whole().Add(name, [1, 2, 3]).End());

    [Fact]
    public void Open_EntriesThatShareBytes_AreRefused() => Refused(
        "overlap", Whole().Add("a/data/1", [], record =>
        {
            // Shares the storage of the previous entry.
            BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(20), 8);
            BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(24), 8);
            BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(42), (uint)(38 + 10 + Pickle.Length - 8));
        }).End());

    [Theory]
    [InlineData(20, 100u)]
    [InlineData(24, uint.MaxValue)]
    [InlineData(42, 0x7FFFFFFFu)]
    public void Open_EntryWithAnotherSizeOrPlace_IsRefused(int field, uint value) => Refused(
        "a/data/0",
        new StoredZip().Add("a/data.pkl", Pickle)
            .Add(
                "a/data/0", new byte[16],
                record => BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(field), value)).End());

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(1L << 40)]
    public void Open_Zip64SizesBeyondTheFile_AreRefused(long size)
    {
        var extra = new byte[20];
        BinaryPrimitives.WriteUInt16LittleEndian(extra, 1);
        BinaryPrimitives.WriteUInt16LittleEndian(extra.AsSpan(2), 16);
        BinaryPrimitives.WriteInt64LittleEndian(extra.AsSpan(4), size);
        BinaryPrimitives.WriteInt64LittleEndian(extra.AsSpan(12), size);

        Refused("a/data/0", new StoredZip().Add("a/data.pkl", Pickle).Add("a/data/0", new byte[16], record =>
        {
            BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(20), uint.MaxValue);
            BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(24), uint.MaxValue);
        }, extra).End(zip64: true));
    }

    /// <summary>Opcodes of one or two bytes that each make an object of forty and more.</summary>
    [Theory]
    [InlineData(new[] { (byte)']' })]
    [InlineData(new[] { (byte)'N', (byte)0x94 })]
    [InlineData(new[] { (byte)'N', (byte)0x85 })]
    [InlineData(new[] { (byte)'(' })]
    public void Open_PickleBomb_IsRefusedBeforeItGrows(byte[] piece)
    {
        byte[] bomb = [0x80, 2, .. Enumerable.Repeat(piece, 1_000_000).SelectMany(bytes => bytes), (byte)'.'];
        var archive = new StoredZip().Add("a/data.pkl", bomb).End();

        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused("far more steps", archive);

        // The file's bytes and the pickle's copy of them.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (4L * archive.Length) + (8 << 20));
    }

    private void Refused(string expected, byte[] archive)
    {
        var path = Save(archive);
        var error = Assert.Throws<InvalidDataException>(() => TorchFile.Open(path));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    private static StoredZip Whole() => new StoredZip().Add("a/data.pkl", Pickle).Add("a/data/0", new byte[16]);

    private string Save(byte[] archive)
    {
        var path = _folder.File("archive", "pytorch_model.bin");
        File.WriteAllBytes(path, archive);
        return path;
    }
}
