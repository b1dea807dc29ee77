using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace LoNas.Runtime;

/// <summary>
/// Loads a library and, where the system misses a file that it needs, that file first. PyTorch's packages keep CUDA's
/// libraries in folders of their own, which usually but not always its libraries point to.
/// </summary>
/// <param name="load">Loads a path; gives the reason where it fails, else null.</param>
/// <param name="find">Finds the path of a file by its name; null where it is nowhere.</param>
internal sealed partial class LibraryLoader(Func<string, string?> load, Func<string, string?> find)
{
    private readonly HashSet<string> _sought = [];

    /// <summary>Gives the reason where loading fails, else null. Each missing file is looked for once.</summary>
    public string? Load(string path)
    {
        while (load(path) is { } reason)
        {
            var missing = MissingFile().Match(reason);
            var file = missing.Groups[1].Value;
            if (!missing.Success || !_sought.Add(file) || find(file) is not { } needed)
            {
                return reason;
            }

            if (Load(needed) is { } deeper)
            {
                return deeper;
            }
        }

        return null;
    }

    // glibc's words; a name with a folder is a file that was asked for by its path.
    [GeneratedRegex(@"^([^/\s:]+): cannot open shared object file")]
    private static partial Regex MissingFile();
}

/// <summary>
/// Loads shared libraries with every symbol resolved at once. .NET asks Linux for lazy binding: a function that another
/// version of libtorch lacks would then end the process at its first call, where no one can catch it.
/// </summary>
internal static partial class EagerLoader
{
    // Local, as .NET loads too: libtorch holds copies of common libraries, which others' look-ups must not find first.
    private const int Now = 2;
    private const int NoLoad = 4;

    /// <summary>Loads a file; gives the system's reason where that fails, else null.</summary>
    public static string? Load(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            if (LibraryHeader.Problem(path) is { } problem)
            {
                return problem;
            }

            // .NET binds a native function at its first call, which itself would clear the error that is asked for.
            _ = ErrorText();
            return Open(path, Now) == 0 ? Marshal.PtrToStringUTF8(ErrorText()) ?? "no reason given" : null;
        }

        try
        {
            NativeLibrary.Load(path);
            return null;
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            return error.Message;
        }
    }

    /// <summary>What the system lacks to load anything; null for nothing. Asked before the others.</summary>
    public static string? SystemProblem()
    {
        try
        {
            _ = OperatingSystem.IsLinux() ? ErrorText() : 0;
            return null;
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return error.Message;
        }
    }

    /// <summary>
    /// Whether a loaded file is what libraries get that ask for <paramref name="name"/>: on Linux they go by the name
    /// that is written in it (SONAME), elsewhere by that of the file.
    /// </summary>
    public static bool IsKnownAs(string path, string name) =>
        !OperatingSystem.IsLinux()
        || (Open(name, Now | NoLoad) is var handle and not 0 && handle == Open(path, Now | NoLoad));

    /// <summary>
    /// The path of a library that goes by the name already and is another file than <paramref name="path"/>; null where
    /// there is none. Linux alone tells.
    /// </summary>
    public static string? LoadedInsteadOf(string path, string name)
    {
        bool isAnother = OperatingSystem.IsLinux()
            && Open(name, Now | NoLoad) is var handle and not 0 && handle != Open(path, Now | NoLoad);
        return isAnother
            ? File.ReadLines("/proc/self/maps").Select(line => line[(line.LastIndexOf(' ') + 1)..])
                .FirstOrDefault(mapped => Path.GetFileName(mapped) == name) ?? name
            : null;
    }

    // Since glibc 2.34 these are in libc; libdl.so.2, which libtorch needs as well, leads to them on every glibc.
    [LibraryImport("libdl.so.2", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, int flags);

    [LibraryImport("libdl.so.2", EntryPoint = "dlerror")]
    private static partial nint ErrorText();
}
