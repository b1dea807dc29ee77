namespace LoNas.Runtime;

/// <summary>How a system names the files of shared libraries.</summary>
/// <param name="Prefix">What goes before the library's name.</param>
/// <param name="Suffix">What follows it.</param>
internal sealed record LibraryNames(string Prefix, string Suffix)
{
    public static LibraryNames Linux { get; } = new("lib", ".so");

    public static LibraryNames MacOS { get; } = new("lib", ".dylib");

    public static LibraryNames Windows { get; } = new("", ".dll");

    public static LibraryNames Current { get; } =
        OperatingSystem.IsWindows() ? Windows : OperatingSystem.IsMacOS() ? MacOS : Linux;

    public string FileOf(string library) => Prefix + library + Suffix;
}
