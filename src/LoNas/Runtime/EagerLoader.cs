using System.Runtime.InteropServices;

namespace LoNas.Runtime;

/// <summary>
/// Loads shared libraries with every symbol resolved at once. .NET asks Linux for lazy binding: a function that another version
/// of libtorch lacks would then end the process at its first call, where no one can catch it.
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

    /// <summary>
    /// Whether a loaded file is what libraries get that ask for <paramref name="name"/>: on Linux they go by the name that is
    /// written in it (SONAME), elsewhere by that of the file.
    /// </summary>
    public static bool IsKnownAs(string path, string name) =>
        !OperatingSystem.IsLinux() || (Open(name, Now | NoLoad) is var handle and not 0 && handle == Open(path, Now | NoLoad));

    // Since glibc 2.34 these are in libc; libdl.so.2, which libtorch needs as well, leads to them on every glibc.
    [LibraryImport("libdl.so.2", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, int flags);

    [LibraryImport("libdl.so.2", EntryPoint = "dlerror")]
    private static partial nint ErrorText();
}
