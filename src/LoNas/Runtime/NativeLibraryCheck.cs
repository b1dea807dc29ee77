using System.Runtime.InteropServices;

namespace LoNas.Runtime;

/// <summary>
/// Loads TorchSharp's native library by its full path before TorchSharp does: where loading fails, TorchSharp copies
/// hundreds of megabytes beside the program before it gives up, and its message does not name the cause.
/// </summary>
internal static class NativeLibraryCheck
{
    public static void RequireTorch()
    {
        var path = Candidates().FirstOrDefault(File.Exists) ?? throw new NativeLibraryException(
            $"TorchSharp's native library {FileName} is not beside the program (looked in "
            + $"{string.Join(", ", Candidates().Select(Path.GetDirectoryName))}); build again with 'dotnet build'");
        try
        {
            NativeLibrary.Load(path);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw new NativeLibraryException(Explain(path, error.Message), error);
        }
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
            _ => "the library or one it needs is missing or made for another system",
        };
        return $"libtorch can't be loaded: {advice}. {Path.GetFileName(path)}: {loaderMessage.Split('\n')[0]}";
    }

    private static string FileName =>
        OperatingSystem.IsWindows() ? "LibTorchSharp.dll"
        : OperatingSystem.IsMacOS() ? "libLibTorchSharp.dylib"
        : "libLibTorchSharp.so";

    private static IEnumerable<string> Candidates()
    {
        string system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        string architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        yield return Path.Combine(AppContext.BaseDirectory, FileName);
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", $"{system}-{architecture}", "native", FileName);
    }
}
