using LoNas.Export.Extraction;
using LoNas.Export.Gguf;
using LoNas.Storage;
using LoNas.Tests.Support;
using static TorchSharp.torch;

namespace LoNas.Tests.Export;

/// <summary>The files in an extracted folder beside the weights, and the cases in which no folder is written.</summary>
public sealed class ExtractorOutputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Output => _folder.Path("out");

    [Fact]
    public void Extract_BloomTwice_SecondTimePaddedToItsOrdinaryWidth()
    {
        using var scope = NewDisposeScope();
        ExportRuns.Extract(TinySource.Of("bloom", "uneven", _folder), new ExtractionOptions { OutputDir = Output });
        var again = new OpenOptions { Model = Output };
        var padded = _folder.Path("padded");

        var report = ExportRuns.Extract(again, new ExtractionOptions { OutputDir = padded, PadToUniform = true });

        Assert.All(report.MlpWidths, width => Assert.Equal(4 * 64, width));
        Assert.False(
            JsonInput.Load(Path.Combine(padded, "config.json"), "test").TryGetProperty("intermediate_sizes", out _));
        Assert.InRange(TinySource.Relative(TinySource.MaskedLogits(again), TinySource.Logits(padded)), 0, 1e-5);
        Assert.DoesNotContain("not this one, since", Card(padded), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bloom", "minimal", true)]
    [InlineData("bloom", "uneven", true)]
    [InlineData("llama", "minimal", false)]
    [InlineData("llama", "uneven", true)]
    public void Extract_Card_WarnsOfWhatTransformersCannotLoad(string family, string subAdapter, bool warns)
    {
        ExportRuns.Extract(TinySource.Of(family, subAdapter, _folder), new ExtractionOptions { OutputDir = Output });

        Assert.Equal(warns, Card(Output).Contains("not this one, since", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("llama", true)]
    [InlineData("bert", false)]
    [InlineData("bloom", false)]
    public void Extract_Card_NamesGgufOnlyWhereItCanBeWritten(string family, bool names)
    {
        ExportRuns.Extract(
            TinySource.Of(family, "uneven", _folder), new ExtractionOptions { OutputDir = Output, Verify = false });

        Assert.Contains("padded to one width", Card(Output), StringComparison.Ordinal);
        Assert.Equal(names, Card(Output).Contains("GGUF", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("org/base", "- base: org/base, llama")]
    [InlineData(null, "- base: llama-tiny, llama")]
    public void Extract_Card_NamesTheBaseAsTheUserDid(string? name, string line)
    {
        var source = TinySource.Of("llama", "heuristic", _folder) with { Name = name };

        ExportRuns.Extract(source, new ExtractionOptions { OutputDir = Output, Verify = false });

        Assert.Contains(line, Card(Output), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Extract_CancelledAfterTheLastTensor_NothingIsLeft(bool verify)
    {
        using var cancel = new CancellationTokenSource();
        var source = TinySource.Of("llama", "heuristic", _folder);

        Assert.Throws<OperationCanceledException>(() => ExportRuns.Extract(
            source, new ExtractionOptions { OutputDir = Output, Verify = verify }, CancelAtTheEnd(cancel),
            cancel.Token));

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gguf_CancelledAfterTheLastTensor_NothingIsLeft(bool verify)
    {
        using var cancel = new CancellationTokenSource();
        var source = new OpenOptions { Model = SampleRun.Model };

        Assert.Throws<OperationCanceledException>(() => ExportRuns.Gguf(
            source, Output, GgufType.F16, verify, CancelAtTheEnd(cancel), cancel.Token));

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }

    public void Dispose() => _folder.Dispose();

    private static string Card(string folder) => File.ReadAllText(Path.Combine(folder, "README.md"));

    private static Action<long, long> CancelAtTheEnd(CancellationTokenSource cancel) => (done, total) =>
    {
        if (done == total)
        {
            cancel.Cancel();
        }
    };
}
