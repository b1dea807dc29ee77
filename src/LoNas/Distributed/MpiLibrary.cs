using System.Runtime.InteropServices;
using System.Text;
using LoNas.Runtime;

namespace LoNas.Distributed;

/// <summary>
/// The functions of the system's MPI library, found by name and called as C declares them; the library is loaded by no
/// other way, so that a system without one needs none.
/// </summary>
internal sealed unsafe partial class MpiLibrary
{
    /// <summary>The environment variable that names a library.</summary>
    public const string Variable = "LONAS_MPI";

    private const int LongestVersion = 8192;

    // What is called below, and by MPI's standard is in every library since its version 3.
    private static readonly string[] Functions =
    [
        "MPI_Get_library_version", "MPI_Initialized", "MPI_Init_thread", "MPI_Finalize", "MPI_Abort",
        "MPI_Comm_rank", "MPI_Comm_size", "MPI_Allgather", "MPI_Allgatherv", "MPI_Alltoallv",
    ];

    private readonly nint[] _calls;
    private readonly MpiFamily _family;
    private readonly nint _world;
    private readonly nint _byte;

    private MpiLibrary(string file, nint handle)
    {
        _calls = [.. Functions.Select(name => NativeLibrary.TryGetExport(handle, name, out nint call) ? call : 0)];
        string[] missing = [.. Functions.Where((_, index) => _calls[index] == 0)];
        if (missing.Length > 0)
        {
            throw Refusal(file, missing.Length == Functions.Length
                ? "has none of MPI's functions and so is no MPI library"
                : $"lacks {string.Join(", ", missing)}, which MPI has since its version 3.0");
        }

        (File, Version) = (file, ReadVersion());
        _family = MpiFamily.Of(file, Version) ?? throw Refusal(
            file, $"is '{Version}', which is none that can be called: Open MPI, MPICH and its kin (Intel MPI, MVAPICH, "
                + "Cray MPICH), or a libmpi_abi of MPI 5");
        (_world, _byte) = (_family.World(handle), _family.Byte(handle));
    }

    /// <summary>The file that was loaded.</summary>
    public string File { get; }

    /// <summary>What the library is, in its own words: the first line of them.</summary>
    public string Version { get; }

    /// <summary>
    /// Loads the library that LONAS_MPI names or, where it names none, the first that the system finds.
    /// </summary>
    /// <param name="first">The family that is looked for before the others; null for none.</param>
    /// <exception cref="NativeLibraryException">There is none, or it is no MPI that can be called.</exception>
    public static MpiLibrary Load(string? first) =>
        Load(Environment.GetEnvironmentVariable(Variable), [.. MpiFamily.FilesToSeek(first)]);

    /// <param name="named">The library that was named; null or empty for none.</param>
    /// <param name="sought">Those to look for otherwise.</param>
    internal static MpiLibrary Load(string? named, IReadOnlyList<string> sought)
    {
        LeaveSignalsAlone();
        if (!string.IsNullOrEmpty(named))
        {
            return TryOpen(named, out var handle) is { } reason
                ? throw Refusal(named, $"can't be loaded: {reason}") : new MpiLibrary(named, handle);
        }

        var reasons = new List<string>();
        foreach (var file in sought)
        {
            if (TryOpen(file, out var handle) is not { } reason)
            {
                return new MpiLibrary(file, handle);
            }

            if (!reason.StartsWith($"{file}: cannot open shared object file", StringComparison.Ordinal))
            {
                reasons.Add(reason);
            }
        }

        throw new NativeLibraryException(
            $"No MPI library is found (looked for {string.Join(", ", sought)}"
            + string.Concat(reasons.Select(reason => $"; {reason}"))
            + $"); install the Open MPI or MPICH whose mpirun starts the processes, or name its library ({Variable})")
        {
            IsOfSetting = true,
        };
    }

    /// <summary>Starts MPI in this process, unless something has.</summary>
    public void Start()
    {
        int isStarted;
        Check(((delegate* unmanaged<int*, int>)Call("MPI_Initialized"))(&isStarted));
        if (isStarted == 0)
        {
            int provided;
            Check(((delegate* unmanaged<nint, nint, int, int*, int>)Call("MPI_Init_thread"))(
                0, 0, _family.Funneled, &provided));
            if (provided < _family.Funneled)
            {
                throw Refusal(File, "allows no other threads in a process that calls it");
            }
        }
    }

    /// <summary>The number of this process.</summary>
    public int Rank() => Number("MPI_Comm_rank");

    /// <summary>How many there are.</summary>
    public int Size() => Number("MPI_Comm_size");

    /// <summary>Ends MPI in this process; all have to.</summary>
    public void Finish() => Check(((delegate* unmanaged<int>)Call("MPI_Finalize"))());

    /// <summary>Ends all processes.</summary>
    public void Abort(int code) => ((delegate* unmanaged<nint, int, int>)Call("MPI_Abort"))(_world, code);

    /// <summary>Gives all the same number of bytes of each.</summary>
    public void Gather(byte* sent, int count, byte* received) => Check(
        ((delegate* unmanaged<byte*, int, nint, byte*, int, nint, nint, int>)Call("MPI_Allgather"))(
            sent, count, _byte, received, count, _byte, _world));

    /// <summary>Gives all the bytes of each, to their places.</summary>
    public void Gather(byte* sent, int count, byte* received, int* counts, int* places) => Check(
        ((delegate* unmanaged<byte*, int, nint, byte*, int*, int*, nint, nint, int>)Call("MPI_Allgatherv"))(
            sent, count, _byte, received, counts, places, _byte, _world));

    /// <summary>Sends each its bytes.</summary>
    public void Exchange(byte* sent, int* counts, int* places, byte* received, int* backCounts, int* backPlaces) =>
        Check(((delegate* unmanaged<byte*, int*, int*, nint, byte*, int*, int*, nint, nint, int>)Call("MPI_Alltoallv"))(
            sent, counts, places, _byte, received, backCounts, backPlaces, _byte, _world));

    private nint Call(string name) => _calls[Array.IndexOf(Functions, name)];

    private int Number(string name)
    {
        int number;
        Check(((delegate* unmanaged<nint, int*, int>)Call(name))(_world, &number));
        return number;
    }

    private string ReadVersion()
    {
        var text = stackalloc byte[LongestVersion];
        int length;
        Check(((delegate* unmanaged<byte*, int*, int>)Call("MPI_Get_library_version"))(text, &length));
        var words = Encoding.UTF8.GetString(text, Math.Clamp(length, 0, LongestVersion)).TrimEnd('\0');
        return words.Split('\n', ',')[0].Replace("\t", " ", StringComparison.Ordinal).Trim();
    }

    // All libraries end every process at an error and say what it was, unless they are told otherwise, and nothing here
    // does: a code that comes back is one of a function that gives it before that.
    private void Check(int code)
    {
        if (code != 0)
        {
            throw new InvalidOperationException($"{File} failed with its error {code}");
        }
    }

    private static NativeLibraryException Refusal(string file, string problem) => new(
        $"The MPI library '{file}' {problem}; name the library of the MPI whose mpirun starts the processes "
        + $"({Variable})")
    {
        IsOfSetting = true,
    };

    private static string? TryOpen(string file, out nint handle)
    {
        try
        {
            handle = NativeLibrary.Load(file);
            return null;
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            handle = 0;
            return Reason(file, error.Message);
        }
    }

    /// <summary>The system's words out of those of .NET, which puts a line of its own before and after.</summary>
    private static string Reason(string file, string message)
    {
        var lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.FirstOrDefault(line => line.StartsWith(file, StringComparison.Ordinal))
            ?? lines.FirstOrDefault(line => line.Contains(": ", StringComparison.Ordinal)) ?? lines[0];
    }

    /// <summary>
    /// UCX, on which some of these stand, takes the signal by which .NET learns of a null reference: the first would
    /// end the process. It reads this when it is loaded, from C's environment, which .NET does not write to.
    /// </summary>
    private static void LeaveSignalsAlone()
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = SetEnvironment("UCX_ERROR_SIGNALS", "", overwrite: 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
