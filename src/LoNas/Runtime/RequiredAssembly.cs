using System.Reflection;

namespace LoNas.Runtime;

/// <summary>
/// Another package's assembly, held against the version that this library was compiled with. A program that has an
/// older one, or none, would otherwise fail in the middle of something else.
/// </summary>
internal static class RequiredAssembly
{
    /// <summary>What is wrong, and what the program's project must reference; null when nothing is.</summary>
    /// <param name="name">The assembly, which is named as its package.</param>
    /// <param name="allowsNewer">Whether a newer version will do: not where it has to fit a native library.</param>
    public static string? Problem(string name, bool allowsNewer)
    {
        var needed = typeof(RequiredAssembly).Assembly.GetReferencedAssemblies()
            .Single(assembly => assembly.Name == name);
        var found = Find(needed);
        return Problem(name, needed.Version!, found?.Version, found is null ? "" : PathOf(name), allowsNewer);
    }

    internal static string? Problem(string name, Version needed, Version? found, string path, bool allowsNewer)
    {
        if (found is not null && (found == needed || (allowsNewer && found > needed)))
        {
            return null;
        }

        var package = $"{name} {needed.ToString(3)}";
        var kind = allowsNewer ? " or later" : ", no other version";
        var seen = found is null
            ? "none was found beside the program"
            : $"{name} {found.ToString(3)} was found ('{path}')";
        return $"LoNas needs {package}{kind}, and {seen}; the program's project must reference the package {package}, "
            + "or leave it to the reference of LoNas, and its whole output folder must be where it runs";
    }

    // The loader refuses an older version than is asked for, and its message does not say which one there is.
    private static AssemblyName? Find(AssemblyName needed)
    {
        try
        {
            return Assembly.Load(needed).GetName();
        }
        catch (Exception error) when (error is FileNotFoundException or FileLoadException)
        {
            return PathOf(needed.Name!) is { Length: > 0 } path ? AssemblyName.GetAssemblyName(path) : null;
        }
    }

    /// <summary>Where .NET finds it; empty where it does not.</summary>
    private static string PathOf(string name) => (AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? "")
        .Split(Path.PathSeparator).Append(Path.Combine(AppContext.BaseDirectory, name + ".dll"))
        .FirstOrDefault(path => Path.GetFileNameWithoutExtension(path) == name && File.Exists(path)) ?? "";
}
