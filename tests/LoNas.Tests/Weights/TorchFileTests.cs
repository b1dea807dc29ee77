using LoNas.Tests.Support;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Weights;

public sealed class TorchFileTests
{
    [Theory]
    [InlineData("llama-tiny-bin")]
    [InlineData("llama-tiny-sharded-bin")]
    public void WeightFolder_SavedByPyTorch_EqualsSafetensorsToTheLastBit(string name)
    {
        using var scope = NewDisposeScope();
        using var expected = WeightFolder.Open(Repository.Fixture("llama-tiny"));
        using var actual = WeightFolder.Open(Repository.Fixture(name));

        // Not every file has the rotary buffers; no model uses them.
        var names = expected.Names.Where(tensor => !tensor.EndsWith("inv_freq", StringComparison.Ordinal)).ToArray();
        Assert.Equal(21, names.Length);
        foreach (var tensor in names)
        {
            Assert.Equal(expected.TypeOf(tensor), actual.TypeOf(tensor));
            Assert.Equal(expected.ShapeOf(tensor), actual.ShapeOf(tensor));
            Assert.Equal(expected.Load(tensor).bytes.ToArray(), actual.Load(tensor).contiguous().bytes.ToArray());
        }
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Bool)]
    public void Load_EveryTypeAndShape_EqualsWhatWasSaved(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        // The writer does not align entries, so some tensors are not aligned to their element size.
        var saved = new[]
        {
            ("a", Values(3)), ("b", Values(2, 5)), ("none", Values(0, 4)), ("one", Values()), ("c", Values(7, 1)),
        };
        TorchFileWriter.Save(folder.Path("a.bin"), saved);

        using var file = TorchFile.Open(folder.Path("a.bin"));

        Assert.Equal(saved.Select(pair => pair.Item1), file.Names);
        foreach (var (name, tensor) in saved)
        {
            using var loaded = file.Load(name);
            Assert.Equal(type, loaded.dtype);
            Assert.Equal(tensor.shape, loaded.shape);
            Assert.Equal(tensor.bytes.ToArray(), loaded.bytes.ToArray());
        }

        Tensor Values(params long[] shape) => rand(shape).mul(100).to(type);
    }

    [Fact]
    public void Save_AtAnotherTime_GivesTheSameBytes()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        TorchFileWriter.Save(folder.Path("a.bin"), [("a", ones(3))]);
        using var archive = System.IO.Compression.ZipFile.OpenRead(folder.Path("a.bin"));

        Assert.All(archive.Entries, entry => Assert.Equal(1980, entry.LastWriteTime.Year));
    }

    [Fact]
    public void Load_ViewsOfOneStorage_HonoursOffsetsAndStrides()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var storage = arange(20, ScalarType.Float32);
        var pickle = new PickleWriter().Op('}').Op('(')
            .Text("whole").Tensor("0", "FloatStorage", 20, 0, [4, 5], [5, 1])
            .Text("transposed").Tensor("0", "FloatStorage", 20, 0, [5, 4], [1, 5])
            .Text("column").Tensor("0", "FloatStorage", 20, 2, [4], [5])
            .Text("tail").Tensor("0", "FloatStorage", 20, 15, [5], [1])
            .Text("row").Tensor("0", "FloatStorage", 20, 5, [1, 5], [99, 1])
            .Op('u').End();
        TorchWriter.Save(folder.Path("a.bin"), pickle, new() { ["data/0"] = storage.bytes.ToArray() });

        using var file = TorchFile.Open(folder.Path("a.bin"));

        var whole = storage.view(4, 5);
        Same(whole, "whole");
        Same(whole.t(), "transposed");
        Same(whole[TensorIndex.Colon, 2], "column");
        Same(whole[3], "tail");
        Same(whole.narrow(0, 1, 1), "row");

        void Same(Tensor expected, string name) => Assert.Equal(0, Close.LargestDifference(expected, file.Load(name)));
    }

    [Theory]
    [InlineData("pytorch_model.bin", "llama-tiny-bin")]
    [InlineData("model.safetensors", "llama-tiny")]
    public void WeightFolder_OfLinks_GivesWhatTheyLeadTo(string name, string fixture)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a permission there");
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder.Path(name), Repository.Fixture(fixture, name));
        using var expected = WeightFolder.Open(Repository.Fixture(fixture));
        using var actual = WeightFolder.Open(folder.Root);

        Assert.All(
            expected.Names,
            tensor => Assert.Equal(0, Close.LargestDifference(expected.Load(tensor), actual.Load(tensor))));
    }

    [Fact]
    public void Load_WrittenTo_LeavesTheFileAlone()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        TorchFileWriter.Save(folder.Path("a.bin"), [("a", ones(64))]);
        var before = File.ReadAllBytes(folder.Path("a.bin"));

        using (var file = TorchFile.Open(folder.Path("a.bin")))
        {
            file.Load("a").fill_(7);
        }

        Assert.Equal(before, File.ReadAllBytes(folder.Path("a.bin")));
    }

    [Fact]
    public void Open_ParametersAndMetadata_GivesTheTensors()
    {
        using var folder = new TemporaryFolder();
        // As torch.save writes an OrderedDict of parameters: with calls of _rebuild_parameter, and _metadata set by
        // BUILD.
        var pickle = new PickleWriter().Global("collections", "OrderedDict").Op(')').Op('R').Op('(')
            .Text("w").Global("torch._utils", "_rebuild_parameter").Op('(')
            .Tensor("0", "HalfStorage", 2, 0, [2], [1]).Op(0x89).Global("collections", "OrderedDict").Op(')').Op('R')
            .Op('t').Op('R').Op('u')
            .Op('}').Text("_metadata").Op('}').Op('s').Op('b').End();
        TorchWriter.Save(folder.Path("a.bin"), pickle, new() { ["data/0"] = [0, 60, 0, 64] });

        using var file = TorchFile.Open(folder.Path("a.bin"));
        using var weight = file.Load("w");

        Assert.Equal(["w"], file.Names);
        Assert.Equal([(Half)1, (Half)2], weight.data<Half>().ToArray());
    }
}
