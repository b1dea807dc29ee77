namespace LoNas.Runtime;

/// <summary>The libtorch of a folder that the user names, such as that of a PyTorch installation.</summary>
/// <param name="folder">Its full path.</param>
internal sealed class ExistingLibtorch(string folder)
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string Variable = "LONAS_LIBTORCH";

    private const string Instead =
        "give the folder with the libraries of a libtorch 2.10, such as torch/lib in the site-packages of a PyTorch 2.10";

    private readonly string? _version = Directory.Exists(folder) ? LibtorchVersion.Of(folder) : null;

    /// <summary>The one that the environment names; null where it names none.</summary>
    public static ExistingLibtorch? FromEnvironment() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder
        ? new ExistingLibtorch(Path.GetFullPath(folder))
        : null;

    /// <summary>Version and folder, for people.</summary>
    public override string ToString() => Problem(LibraryNames.Current) is { } problem
        ? $"no libtorch: {Variable} names '{folder}', {problem}"
        : $"{LibtorchVersion.Describe(_version)} in '{folder}'";

    /// <summary>Loads it, and TorchSharp's own library on top.</summary>
    /// <param name="torchSharp">The path of TorchSharp's library.</param>
    /// <returns>A warning where the version is another than TorchSharp's; else null.</returns>
    /// <exception cref="NativeLibraryException">It can't be used; the message says why.</exception>
    public string? Load(string torchSharp)
    {
        var names = LibraryNames.Current;
        if (Problem(names) is { } problem)
        {
            throw Refusal(problem);
        }

        RequireNoOther(names);
        var loader = new LibraryLoader(EagerLoader.Load, file => DependencyFolders.Find(folder, file));
        foreach (var file in LibtorchFiles.InOrder(LibtorchFiles.In(folder), names))
        {
            var path = Path.Combine(folder, file);
            Require(file, loader.Load(path));
            Require(file, EagerLoader.IsKnownAs(path, file) ? null : "its SONAME is another, so TorchSharp would not get it");
        }

        Require(Path.GetFileName(torchSharp), loader.Load(torchSharp));
        return LibtorchVersion.IsExpected(_version) ? null : Tried();
    }

    private string Tried() => LibtorchSmokeTest.FirstFailure() is { } failure
        ? throw Refusal($"{LibtorchVersion.Describe(_version)}, which fails a smoke test: {failure}; {Instead}")
        : $"{LibtorchVersion.Describe(_version)} instead of {LibtorchVersion.Expected}: passed a smoke test";

    /// <summary>What the folder lacks; null where it has all files.</summary>
    private string? Problem(LibraryNames names)
    {
        if (!Directory.Exists(folder))
        {
            return $"which is no folder; {Instead}";
        }

        var inner = Path.Combine(folder, "lib");
        return LibtorchFiles.Missing(LibtorchFiles.In(folder), names) is not { } missing ? null
            : File.Exists(Path.Combine(inner, missing)) ? $"which has no {missing}; it is in '{inner}'"
            : $"which has no {missing}; {Instead}";
    }

    /// <summary>
    /// TorchSharp asks for torch_cpu by name, and .NET gives it the one that it finds first: where that is another file, it becomes
    /// a second libtorch, which ends the process. On Linux the build keeps it where .NET does not look.
    /// </summary>
    private void RequireNoOther(LibraryNames names)
    {
        if (NativeFolders.Find(names.FileOf(LibtorchFiles.Main)) is { } own && Path.GetDirectoryName(own) != folder)
        {
            throw Refusal($"but .NET finds another libtorch, '{own}'; build with -p:Torch=none, or unset {Variable}");
        }
    }

    private void Require(string file, string? problem)
    {
        if (problem is not null)
        {
            var reason = problem.Split('\n')[0];
            reason = reason.Contains(file, StringComparison.Ordinal) ? reason : $"{file}: {reason}";
            throw Refusal($"{LibtorchVersion.Describe(_version)}, which can't be used: {reason}; {Instead}");
        }
    }

    private NativeLibraryException Refusal(string problem) =>
        new($"{Variable} names '{folder}', {problem}") { IsOfSetting = true };
}
