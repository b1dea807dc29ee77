namespace LoNas.Runtime;

/// <summary>
/// A native library, or TorchSharp on top of it, is missing, another version, or can't be loaded on this system.
/// </summary>
public sealed class NativeLibraryException : Exception
{
    /// <summary>An error whose message says what failed and what to do.</summary>
    public NativeLibraryException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>
    /// Whether what LONAS_LIBTORCH or LONAS_MPI names, or should, is the reason, not the program or the system.
    /// </summary>
    public bool IsOfSetting { get; init; }
}
