using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Support;

/// <summary>A copy of a recorded model that a test may change.</summary>
internal sealed class FolderCopy : IDisposable
{
    private const string Weights = "model.safetensors";

    private readonly string _original;

    public FolderCopy(string fixture)
    {
        _original = Repository.Fixture(fixture);
        foreach (var name in new[] { "config.json", Weights })
        {
            File.Copy(System.IO.Path.Combine(_original, name), System.IO.Path.Combine(Path, name));
        }
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("lonas-test-").FullName;

    public void Edit(string file, string old, string replacement)
    {
        var path = System.IO.Path.Combine(Path, file);
        var text = File.ReadAllText(path);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(old, replacement, StringComparison.Ordinal));
    }

    /// <summary>Gives every tensor another name; null leaves it out.</summary>
    public void RenameTensors(Func<string, string?> rename)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(System.IO.Path.Combine(_original, Weights));
        SafetensorsWriter.Save(
            System.IO.Path.Combine(Path, Weights),
            [.. file.Names.Where(name => rename(name) is not null).Select(name => (rename(name)!, file.Load(name)))]);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
