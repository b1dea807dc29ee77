namespace LoNas.MutationTests.Mutations;

/// <summary>An empty folder, in memory where the system has such a place, that is gone after the test.</summary>
internal sealed class MutationFolder : IDisposable
{
    private const string Memory = "/dev/shm";

    private readonly DirectoryInfo _root = Directory.Exists(Memory)
        ? Directory.CreateDirectory(Path.Combine(Memory, $"lonas-{Guid.NewGuid():N}"))
        : Directory.CreateTempSubdirectory("lonas-");

    /// <summary>A file's path in a folder of its own; equal names share one.</summary>
    public string File(string folder, string file) =>
        Path.Combine(_root.CreateSubdirectory(folder).FullName, file);

    public void Dispose() => _root.Delete(recursive: true);
}
