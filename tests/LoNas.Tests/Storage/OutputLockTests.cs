using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Storage;

/// <summary>Outputs appear only when complete, and leftovers of killed writers are removed.</summary>
public sealed class OutputLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Output => _folder.Path("out");

    [Fact]
    public void Write_AfterKilledWriters_RemovesWhatTheyLeftAndNothingElse()
    {
        // Left by a process killed after it made the folder, with its lock, and by a killed GGUF export.
        Directory.CreateDirectory(OutputLock.NewName(Output, ".partial"));
        File.WriteAllText($"{Output}.partial.lock", "");
        File.WriteAllText(OutputLock.NewName(Output, ".tmp"), "half");
        File.WriteAllText(OutputLock.NewName(OutputLock.NewName(Output, ".tmp"), ".tmp"), "half");
        Directory.CreateDirectory($"{Output}.mine.partial");
        File.WriteAllText($"{Output}.tmp", "mine");

        AtomicFolder.Write(Output, folder => File.WriteAllText(Path.Combine(folder, "file"), "whole"));

        Assert.Equal(["out", "out.mine.partial", "out.tmp"], Entries());
        Assert.Equal("whole", File.ReadAllText(Path.Combine(Output, "file")));
    }

    [Fact]
    public void Place_AfterAKilledWriter_RemovesWhatItLeft()
    {
        File.WriteAllText(OutputLock.NewName(OutputLock.NewName(Output, ".tmp"), ".tmp"), "half");

        AtomicFile.Place(Output, path => File.WriteAllText(path, "whole"));

        Assert.Equal(["out"], Entries());
    }

    [Fact]
    public void Write_WhileAnotherWrites_RefusedAndTheOtherGoesOn()
    {
        AtomicFolder.Write(Output, folder =>
        {
            Assert.Throws<ArgumentException>(() => AtomicFolder.Write(Output, _ => { }));
            File.WriteAllText(Path.Combine(folder, "file"), "whole");
        });

        Assert.Equal(["out"], Entries());
        Assert.True(File.Exists(Path.Combine(Output, "file")));
    }

    public void Dispose() => _folder.Dispose();

    private IEnumerable<string?> Entries() =>
        Directory.GetFileSystemEntries(_folder.Root).Select(Path.GetFileName).Order();
}
