namespace LoNas.Runtime;

/// <summary>Why a native library can't be loaded, and what helps.</summary>
internal static class LoadFailure
{
    private const string Systems = "use Debian 12, Ubuntu 22.04 or later";

    private const string Rebuild = "build the program again, and where it is moved, take its whole output folder";

    /// <summary>The message for a library that the system refused.</summary>
    /// <param name="path">The library.</param>
    /// <param name="reason">The system's words, or those of <see cref="LibraryHeader"/>.</param>
    public static string Explain(string path, string reason) =>
        $"libtorch can't be loaded: {Advice(path, reason)}. {Path.GetFileName(path)}: {reason.Split('\n')[0]}";

    /// <summary>The message where TorchSharp's own library is nowhere.</summary>
    public static string Missing(string file) =>
        $"TorchSharp's native library {file} is not beside the program, where the build puts it; {Rebuild} (looked in "
        + $"{string.Join(", ", NativeFolders.All)})";

    /// <summary>What is told where another libtorch was loaded first, from <paramref name="path"/>.</summary>
    public static string AnotherIsLoaded(string path) =>
        $"another libtorch is loaded in this process already, '{path}', and a second one would end it; call "
        + "TorchRuntime.Initialize before anything else loads one, or leave the other out";

    /// <summary>The message of a system without glibc.</summary>
    public static string WithoutGlibc(string reason) =>
        "libtorch can't be loaded: it and TorchSharp's library are made for a Linux with glibc, which this is not "
        + $"(Alpine has another C library); {Systems}. {reason.Split('\n')[0]}";

    private static string Advice(string path, string reason)
    {
        return reason switch
        {
            _ when Says(LibraryHeader.OtherMachine) =>
                "for Linux, TorchSharp and libtorch come for x64 alone; run a build for that there",
            _ when Says(LibraryHeader.CutOff) || Says("invalid ELF header") =>
                $"'{path}' is damaged; delete it, {Rebuild}",
            _ when Says("GLIBCXX_") =>
                $"the system's libstdc++ is older than '{path}' asks for. The build puts a libLibTorchSharp.so beside "
                + $"the program that asks for less (docs/decisions/0002-weak-glibcxx.md): {Rebuild}; or install the "
                + "libstdc++ of GCC 13 or later",
            _ when Says("GLIBC_") => $"the system's C library is too old; {Systems}",
            _ when Says("libgomp.so") => "install the package libgomp1",
            _ when Says("undefined symbol") =>
                $"the libtorch in '{NativeFolders.OwnLibtorch}' is another than TorchSharp's library is made for, "
                + $"which is {LibtorchFolder.ExpectedVersion}; leave out the program's own references of libtorch's "
                + "and TorchSharp's packages, since LoNas brings both, or take the versions that it takes",
            _ when NativeFolders.OwnLibtorch is null =>
                $"this build brings none; set {ExistingLibtorch.Variable} to the folder of one, such as torch/lib in "
                + "the site-packages of a PyTorch 2.10, or build with -p:Torch=cpu",
            _ => "the library or one it needs is missing or made for another system; "
                + $"{Rebuild}, or install what is named here",
        };

        bool Says(string words) => reason.Contains(words, StringComparison.Ordinal);
    }
}
