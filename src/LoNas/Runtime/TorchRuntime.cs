using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace LoNas.Runtime;

/// <summary>
/// Starts libtorch: checks that it loads, sets the allocator and the number of threads. A program that makes tensors by
/// itself calls it before; models and adapters load libtorch where nothing has, and leave threads as they are.
/// </summary>
public static partial class TorchRuntime
{
    /// <summary>More threads than any machine has use for; making a million of them takes all of its memory.</summary>
    public const int MostThreads = 1024;

    // glibc's mallopt parameters. Blocks above the mmap threshold are mapped and faulted in again at every step;
    // kept on the heap, training steps were measured 10 to 25 % faster.
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;

    // Times a waiting thread looks again before it sleeps. libgomp's default spins for milliseconds: where another
    // process wants a core, each parallel region then costs a scheduler's time slice (a small model ran 20 times
    // slower).
    private const string SpinCountVariable = "GOMP_SPINCOUNT";
    private const string SpinCount = "1000";

    private static readonly Lock Gate = new();

    private static bool _isPrepared;
    private static bool _isLoaded;

    /// <summary>What the user should know about the libtorch in use, such as its version; null for nothing.</summary>
    public static string? Warning { get; private set; }

    /// <summary>
    /// The libtorch that the environment variable LONAS_LIBTORCH names, version and folder, without loading it; null
    /// where it names none and the one beside the program is used.
    /// </summary>
    public static string? ExistingLibtorch => Runtime.ExistingLibtorch.FromEnvironment()?.ToString();

    /// <summary>Prepares libtorch; later calls only set the thread count.</summary>
    /// <param name="threads">
    /// Threads of one tensor operation; null takes the physical cores this process may use.
    /// </param>
    /// <exception cref="NativeLibraryException">
    /// libtorch or TorchSharp is missing, another version, or can't be loaded; the message says why and what helps.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">There are more than <see cref="MostThreads"/>.</exception>
    public static void Initialize(int? threads = null)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads ?? 1, MostThreads, nameof(threads));
        lock (Gate)
        {
            Prepare();
            Load();
            SetThreads(threads ?? ProcessorCores.Physical());
        }
    }

    /// <summary>Loads libtorch and leaves allocator and threads as they are, for measurements against them.</summary>
    /// <exception cref="NativeLibraryException">
    /// libtorch or TorchSharp is missing, another version, or can't be loaded; the message says why and what helps.
    /// </exception>
    public static void Load()
    {
        lock (Gate)
        {
            if (!_isLoaded)
            {
                Warning = NativeLibraryCheck.RequireTorch();
                _isLoaded = true;
            }
        }
    }

    /// <summary>
    /// Loads libtorch as <see cref="Initialize"/> does where nothing has loaded it yet; the number of threads stays.
    /// For what may be the first of a program to make a tensor, so that it fails with a message that says why.
    /// </summary>
    internal static void Require()
    {
        lock (Gate)
        {
            if (!_isLoaded)
            {
                Prepare();
                Load();
            }
        }
    }

    // A method of its own: one that names TorchSharp can't run where that is missing, which is to be said first.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SetThreads(int threads) => torch.set_num_threads(threads);

    private static void Prepare()
    {
        if (!_isPrepared)
        {
            PrepareProcess();
            _isPrepared = true;
        }
    }

    /// <summary>What must be set before libtorch and libgomp are loaded.</summary>
    private static void PrepareProcess()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            // Native code does not see what .NET sets in the environment; the user's own setting is kept.
            if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
            {
                _ = SetEnvironment(SpinCountVariable, SpinCount, overwrite: 0);
            }

            _ = MallocOption(MmapThreshold, 1 << 30);
            _ = MallocOption(TrimThreshold, int.MaxValue);
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException)
        {
            // A libc without mallopt, such as musl: the tuning does not apply there.
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallocOption(int parameter, int value);
}
