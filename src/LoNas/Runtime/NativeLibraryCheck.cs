namespace LoNas.Runtime;

/// <summary>
/// Loads libtorch and TorchSharp's native library by their full paths before TorchSharp does: where loading fails, TorchSharp
/// copies hundreds of megabytes beside the program before it gives up, and its message does not name the cause.
/// </summary>
internal static class NativeLibraryCheck
{
    /// <summary>Loads the libtorch that LONAS_LIBTORCH names, else the one beside the program.</summary>
    /// <returns>What the user should know about it; null when there is nothing.</returns>
    public static string? RequireTorch()
    {
        var file = LibraryNames.Current.FileOf("LibTorchSharp");
        var path = NativeFolders.Find(file) ?? throw new NativeLibraryException(
            $"TorchSharp's native library {file} is not beside the program (looked in "
            + $"{string.Join(", ", NativeFolders.All)}); build again with 'dotnet build'");
        if (ExistingLibtorch.FromEnvironment() is { } existing)
        {
            return existing.Load(path);
        }

        foreach (var library in OwnLibtorch().Append(path))
        {
            if (EagerLoader.Load(library) is { } reason)
            {
                throw new NativeLibraryException(Explain(library, reason));
            }
        }

        return null;
    }

    internal static string Explain(string path, string loaderMessage)
    {
        string advice = loaderMessage switch
        {
            var text when text.Contains("GLIBCXX_", StringComparison.Ordinal) =>
                "the system's libstdc++ is older than the library asks for and the build step that relaxes this did not "
                + "run; build again with 'dotnet build', or install libstdc++6 of GCC 13 or later",
            var text when text.Contains("GLIBC_", StringComparison.Ordinal) =>
                "the system's C library is too old; use Debian 12, Ubuntu 22.04 or later",
            var text when text.Contains("libgomp", StringComparison.Ordinal) => "install the package libgomp1",
            _ when NativeFolders.OwnLibtorch is null =>
                $"this build brings none; set {ExistingLibtorch.Variable} to the folder of one, such as torch/lib in the "
                + "site-packages of a PyTorch 2.10, or build with -p:Torch=cpu",
            _ => "the library or one it needs is missing or made for another system",
        };
        return $"libtorch can't be loaded: {advice}. {Path.GetFileName(path)}: {loaderMessage.Split('\n')[0]}";
    }

    /// <summary>The files that came with the program, CUDA's among them where it has them; none where it brings none.</summary>
    private static IEnumerable<string> OwnLibtorch() => NativeFolders.OwnLibtorch is { } folder
        ? LibtorchFiles.InOrder(LibtorchFiles.In(folder), LibraryNames.Current).Select(file => Path.Combine(folder, file))
        : [];
}
