using LoNas.Tests.Support;

namespace LoNas.Tests.Screens;

/// <summary>
/// A folder whose path always has the same length, since lines are broken by it, with copies of what commands read.
/// </summary>
public sealed class ScreenFolder : IDisposable
{
    /// <summary>What recorded screens show in its place.</summary>
    public const string Shown = "/tmp/lonas-FOLDER-OF-A-TEST";

    public ScreenFolder()
    {
        Root = $"/tmp/lonas-{Guid.NewGuid():N}"[..Shown.Length];
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Root);
        }
    }

    public string Root { get; }

    public string At(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>A copy of a file or folder under a name of its own; one that is there stays.</summary>
    public string Copy(string source, string name)
    {
        var target = At(name);
        if (File.Exists(source))
        {
            File.Copy(source, target, overwrite: true);
        }
        else if (!Directory.Exists(target))
        {
            Directory.CreateDirectory(target);
            foreach (var file in Directory.EnumerateFiles(source))
            {
                File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
            }
        }

        return target;
    }

    /// <summary>The sizes of a published LLaMA-7B.</summary>
    public string Llama7b()
    {
        File.WriteAllText(At("config.json"), PublishedConfigs.Llama7b);
        return At("config.json");
    }

    /// <summary>The configuration that was published with it.</summary>
    public string Published() => Copy(
        Path.Combine(Repository.Root, "configs", "unified_math", "nncf_lonas_llama_7b.json"), "nncf.json");

    public void Dispose()
    {
        if (Directory.Exists(Root))
        {
            Directory.Delete(Root, recursive: true);
        }
    }
}
