namespace LoNas.MutationTests.Mutations;

/// <summary>An empty folder that is deleted after the test; in memory if the system has a memory file system.</summary>
internal sealed class MutationFolder : IDisposable
{
    private const string Memory = "/dev/shm";

    private readonly DirectoryInfo _root = Directory.Exists(Memory)
        ? Directory.CreateDirectory(Path.Combine(Memory, $"lonas-{Guid.NewGuid():N}"))
        : Directory.CreateTempSubdirectory("lonas-");

    /// <summary>The path of a file in a subfolder; equal names share a subfolder.</summary>
    public string File(string folder, string file) =>
        Path.Combine(_root.CreateSubdirectory(folder).FullName, file);

    public void Dispose() => _root.Delete(recursive: true);
}
