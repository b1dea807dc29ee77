namespace LoNas.Runtime;

/// <summary>The libtorch of a folder that the user names, such as that of a PyTorch installation.</summary>
/// <param name="folder">Its full path.</param>
internal sealed class ExistingLibtorch(string folder)
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string Variable = "LONAS_LIBTORCH";

    private const string Instead =
        "give the folder with the libraries of a libtorch 2.10, such as torch/lib in the site-packages of a "
        + "PyTorch 2.10";

    private readonly string? _version = Directory.Exists(folder) ? LibtorchFolder.VersionOf(folder) : null;

    /// <summary>The one that the environment names; null where it names none.</summary>
    public static ExistingLibtorch? FromEnvironment() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder
            ? new ExistingLibtorch(Path.GetFullPath(folder))
            : null;

    /// <summary>Version and folder, for people.</summary>
    public override string ToString() => Problem(LibraryNames.Current) is { } problem
        ? $"no libtorch: {Variable} names '{folder}', {problem}"
        : $"{LibtorchFolder.Describe(_version)} in '{folder}'";

    /// <summary>
    /// The path of a file that a libtorch needs; null where it is nowhere. PyTorch's packages keep CUDA's libraries
    /// beside torch's.
    /// </summary>
    /// <param name="libtorch">The folder of libtorch, <c>site-packages/torch/lib</c>.</param>
    /// <param name="file">The file's name.</param>
    public static string? FindDependency(string libtorch, string file) =>
        DependencyFolders(libtorch).Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);

    /// <summary>Loads it, and TorchSharp's own library on top.</summary>
    /// <param name="torchSharp">The paths of TorchSharp's library; the first that loads is taken.</param>
    /// <returns>A warning where the version is another than TorchSharp's; else null.</returns>
    /// <exception cref="NativeLibraryException">It can't be used; the message says why.</exception>
    public string? Load(params IReadOnlyList<string> torchSharp)
    {
        var names = LibraryNames.Current;
        if (Problem(names) is { } problem)
        {
            throw Refusal(problem);
        }

        RequireNoOther(names);
        var loader = new LibraryLoader(EagerLoader.Load, file => FindDependency(folder, file));
        foreach (var file in LibtorchFolder.InOrder(LibtorchFolder.In(folder), names))
        {
            var path = Path.Combine(folder, file);
            Require(file, loader.Load(path));
            bool isKnown = EagerLoader.IsKnownAs(path, file);
            Require(file, isKnown ? null : "its SONAME is another, so TorchSharp would not get it");
        }

        Require(Path.GetFileName(torchSharp[0]), NativeLibraryCheck.FirstThatLoads(torchSharp, loader.Load)?.Reason);
        return LibtorchFolder.IsExpected(_version) ? null : Tried();
    }

    private static IEnumerable<string> DependencyFolders(string libtorch)
    {
        yield return libtorch;
        var nvidia = Path.GetFullPath(Path.Combine(libtorch, "..", "..", "nvidia"));
        if (!Directory.Exists(nvidia))
        {
            yield break;
        }

        foreach (var package in Directory.EnumerateDirectories(nvidia).Order(StringComparer.Ordinal))
        {
            var folder = Path.Combine(package, "lib");
            if (Directory.Exists(folder))
            {
                yield return folder;
                foreach (var inner in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
                {
                    yield return inner;
                }
            }
        }
    }

    private string Tried() => LibtorchSmokeTest.FirstFailure() is { } failure
        ? throw Refusal($"{LibtorchFolder.Describe(_version)}, which fails a smoke test: {failure}; {Instead}")
        : $"{LibtorchFolder.Describe(_version)} instead of {LibtorchFolder.ExpectedVersion}: passed a smoke test";

    /// <summary>What the folder lacks; null where it has all files.</summary>
    private string? Problem(LibraryNames names)
    {
        if (!Directory.Exists(folder))
        {
            return $"which is no folder; {Instead}";
        }

        var inner = Path.Combine(folder, "lib");
        return LibtorchFolder.Missing(LibtorchFolder.In(folder), names) is not { } missing ? null
            : File.Exists(Path.Combine(inner, missing)) ? $"which has no {missing}; it is in '{inner}'"
            : $"which has no {missing}; {Instead}";
    }

    /// <summary>
    /// TorchSharp asks for torch_cpu by name, and .NET gives it the one that it finds first: where that is another
    /// file, it becomes a second libtorch, which ends the process. On Linux the build keeps it where .NET does not
    /// look.
    /// </summary>
    private void RequireNoOther(LibraryNames names)
    {
        if (NativeFolders.Find(names.FileOf(LibtorchFolder.Main)) is { } own && Path.GetDirectoryName(own) != folder)
        {
            throw Refusal($"but .NET finds another libtorch, '{own}'; build with -p:Torch=none, or unset {Variable}");
        }

        var file = names.FileOf(LibtorchFolder.Main);
        if (EagerLoader.LoadedInsteadOf(Path.Combine(folder, file), file) is { } loaded)
        {
            throw Refusal($"but {LoadFailure.AnotherIsLoaded(loaded)}");
        }
    }

    private void Require(string file, string? problem)
    {
        if (problem is not null)
        {
            var reason = problem.Split('\n')[0];
            reason = reason.Contains(file, StringComparison.Ordinal) ? reason : $"{file}: {reason}";
            throw Refusal($"{LibtorchFolder.Describe(_version)}, which can't be used: {reason}; {Instead}");
        }
    }

    private NativeLibraryException Refusal(string problem) =>
        new($"{Variable} names '{folder}', {problem}") { IsOfSetting = true };
}
