namespace LoNas.Runtime;

/// <summary>
/// Loads libtorch and TorchSharp's native library by their full paths before TorchSharp does: where loading fails,
/// TorchSharp copies hundreds of megabytes beside the program before it gives up, and its message does not name the
/// cause.
/// </summary>
internal static class NativeLibraryCheck
{
    /// <summary>Loads the libtorch that LONAS_LIBTORCH names, else the one beside the program.</summary>
    /// <returns>What the user should know about it; null when there is nothing.</returns>
    /// <exception cref="NativeLibraryException">One is missing or can't be loaded; the message says why.</exception>
    public static string? RequireTorch()
    {
        if (RequiredAssembly.Problem("TorchSharp", allowsNewer: false) is { } problem)
        {
            throw new NativeLibraryException(problem);
        }

        if (EagerLoader.SystemProblem() is { } missing)
        {
            throw new NativeLibraryException(LoadFailure.WithoutGlibc(missing));
        }

        var file = LibraryNames.Current.FileOf("LibTorchSharp");
        string[] torchSharp = [.. NativeFolders.FindAll(file)];
        if (torchSharp.Length == 0)
        {
            throw new NativeLibraryException(LoadFailure.Missing(file));
        }

        if (ExistingLibtorch.FromEnvironment() is { } existing)
        {
            return existing.Load(torchSharp);
        }

        LoadOwn(torchSharp);
        return null;
    }

    /// <summary>
    /// Tries paths in .NET's order; gives the last one and its reason where none loads, else null. A program may have
    /// TorchSharp's library from a reference of its own, beside the one of this library's build, which older systems
    /// take as well.
    /// </summary>
    internal static (string Path, string Reason)? FirstThatLoads(IEnumerable<string> paths, Func<string, string?> load)
    {
        (string Path, string Reason)? failure = null;
        foreach (var path in paths)
        {
            if (load(path) is not { } reason)
            {
                return null;
            }

            failure = (path, reason);
        }

        return failure;
    }

    /// <summary>The files that came with the program, CUDA's among them where it has them.</summary>
    private static void LoadOwn(string[] torchSharp)
    {
        if (NativeFolders.OwnLibtorch is { } folder)
        {
            var main = LibraryNames.Current.FileOf(LibtorchFolder.Main);
            if (EagerLoader.LoadedInsteadOf(Path.Combine(folder, main), main) is { } loaded)
            {
                throw new NativeLibraryException($"libtorch can't be loaded: {LoadFailure.AnotherIsLoaded(loaded)}");
            }

            foreach (var file in LibtorchFolder.InOrder(LibtorchFolder.In(folder), LibraryNames.Current))
            {
                Require([Path.Combine(folder, file)]);
            }
        }

        Require(torchSharp);
    }

    private static void Require(string[] paths)
    {
        if (FirstThatLoads(paths, EagerLoader.Load) is var (path, reason))
        {
            throw new NativeLibraryException(LoadFailure.Explain(path, reason));
        }
    }
}
