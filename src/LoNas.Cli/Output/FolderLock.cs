using System.Globalization;
using LoNas.Search.Sharing;
using LoNas.Storage;

namespace LoNas.Cli.Output;

/// <summary>
/// The right to write into an output folder, held by one run at a time or by the workers of one search. The system
/// holds it for the process, so a killed run never leaves it taken. A folder that got nothing but the lock is as it was
/// before when that goes.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    /// <summary>Locked while a run is under way.</summary>
    public const string LockFile = "lonas.lock";

    /// <summary>Says which process holds the lock: a locked file can't be read everywhere.</summary>
    public const string HolderFile = "lonas.lock.pid";

    /// <summary>What that file says where several hold it.</summary>
    private const string Workers = "workers";

    private const int Attempts = 20;

    /// <summary>The last worker of a search tidies up, which takes a moment.</summary>
    private static readonly TimeSpan Tidying = TimeSpan.FromMilliseconds(100);

    /// <summary>EROFS of Linux and macOS.</summary>
    private const int ReadOnlyDisk = 30;
    private const int AlreadyThere = 17; // EEXIST
    private const int LinkLoop = 40; // ELOOP of Linux

    private readonly string _folder;
    private readonly IReadOnlyList<string> _made;
    private readonly IDisposable _held;
    private readonly bool _isShared;

    private FolderLock(string folder, IReadOnlyList<string> made, IDisposable held, bool isShared) =>
        (_folder, _made, _held, _isShared) = (folder, made, held, isShared);

    /// <summary>Takes the lock of a folder, which is made where it is missing.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="isShared">Whether others of the same kind may have it too.</param>
    /// <exception cref="ArgumentException">Another run is under way there, it is a file, or it can't be
    /// written.</exception>
    public static FolderLock Take(string folder, bool isShared = false)
    {
        RequireNoFile(folder);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                var made = Make(folder);
                var held = (isShared ? Join(folder) : FileLock.TryTake(Path.Combine(folder, LockFile)))
                    ?? throw Taken(folder, isShared);
                WriteHolder(folder, isShared);
                return new FolderLock(folder, made, held, isShared);
            }
            catch (IOException error) when (attempt < Attempts && IsGoneAgain(error, folder))
            {
                // A run that was refused took its empty folder away in between, also while this one made it.
                Thread.Yield();
            }
            catch (Exception error) when (IsForbidden(error) || IsNoPlace(error))
            {
                var reason = IsNoPlace(error) ? $"no folder can be made there{Obstacle(folder)}" : error.Message;
                throw new ArgumentException(
                    $"--output_dir '{folder}' can't be written: {reason}; give another folder", error);
            }
        }
    }

    /// <summary>Checks that a folder can be there; an empty path is none.</summary>
    /// <exception cref="ArgumentException">It is a file.</exception>
    public static void RequireNoFile(string path)
    {
        if (path.Length > 0 && IsFile(path))
        {
            throw new ArgumentException($"--output_dir '{path}' is a file; give a folder");
        }
    }

    /// <summary>Who works in a folder, in words; null for nobody. Nothing is changed there.</summary>
    public static string? UserOf(string folder) =>
        !FileLock.IsHeld(Path.Combine(folder, LockFile)) ? null
        : HolderText(folder) is Workers ? "workers of a search"
        : int.TryParse(HolderText(folder), CultureInfo.InvariantCulture, out int id) ? $"process {id}"
        : "a process";

    /// <summary>Lets the lock go.</summary>
    public void Dispose()
    {
        if (!_isShared)
        {
            File.Delete(Path.Combine(_folder, HolderFile));
        }

        _held.Dispose();
        if (_isShared)
        {
            TidyUp();
        }

        foreach (var folder in _made)
        {
            try
            {
                Directory.Delete(folder);
            }
            catch (IOException)
            {
                return; // something was written
            }
        }
    }

    private static IDisposable? Join(string folder)
    {
        for (int attempt = 1; ; attempt++)
        {
            var held = FileLock.TryShare(Path.Combine(folder, LockFile));
            if (held is not null || attempt == Attempts)
            {
                return held;
            }

            Thread.Sleep(Tidying);
        }
    }

    private static ArgumentException Taken(string folder, bool isShared)
    {
        var holder = HolderText(folder);
        return new ArgumentException(
            !isShared && holder == Workers
                ? $"--output_dir '{folder}' is in use by workers of a search; join them with --workers, wait for them "
                    + "or give another folder"
                : $"--output_dir '{folder}' is in use by another run"
                    + (int.TryParse(holder, CultureInfo.InvariantCulture, out int id) ? $" (process {id})" : "")
                    + (isShared ? ", which works alone; wait for it, or end it and start all with --workers"
                        : "; wait for it or give another folder"));
    }

    /// <summary>The last worker takes away what workers need among themselves, and what killed ones left.</summary>
    private void TidyUp()
    {
        try
        {
            using var last = FileLock.TryTake(Path.Combine(_folder, LockFile));
            if (last is not null)
            {
                File.Delete(Path.Combine(_folder, HolderFile));
                AbandonedFiles.Remove(_folder);
                SharedFolder.RemoveWorkers(_folder);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Left for the next run that has the folder to itself.
        }
    }

    /// <summary>
    /// Whether the folder went while it was made or locked; making one that goes fails without saying of what kind.
    /// </summary>
    private static bool IsGoneAgain(IOException error, string folder) =>
        error is DirectoryNotFoundException or FileNotFoundException
        || (error.GetType() == typeof(IOException) && !IsForbidden(error) && !Directory.Exists(folder))
        || (error.HResult == AlreadyThere && !File.Exists(folder)); // and made again by another run since then

    private static bool IsForbidden(Exception error) => error is UnauthorizedAccessException
        || (error is IOException && !OperatingSystem.IsWindows() && error.HResult == ReadOnlyDisk);

    /// <summary>Whether a path leads nowhere: below a file, in /proc, or by a link to nothing or to itself.</summary>
    private static bool IsNoPlace(Exception error) => error is DirectoryNotFoundException or FileNotFoundException
        || (error is IOException && !OperatingSystem.IsWindows() && error.HResult is AlreadyThere or LinkLoop);

    /// <summary>What is in the way, in brackets; empty where that is not known.</summary>
    private static string Obstacle(string folder)
    {
        for (var path = Path.GetFullPath(folder); path is not null; path = Path.GetDirectoryName(path))
        {
            if (Path.Exists(path) || new FileInfo(path).LinkTarget is not null)
            {
                return Directory.Exists(path) ? ""
                    : IsFile(path) ? $" ('{path}' is a file)" : $" ('{path}' is a link to no folder)";
            }
        }

        return "";
    }

    /// <summary>A link to nothing exists as a file, too, and is none.</summary>
    private static bool IsFile(string path) => path.Length > 0
        && RealPath.Of(path) is var real && File.Exists(real) && new FileInfo(real).LinkTarget is null;

    /// <summary>Makes a folder and gives those that were missing, the innermost first.</summary>
    private static List<string> Make(string folder)
    {
        var missing = new List<string>();
        for (var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
            !Directory.Exists(path); path = Path.GetDirectoryName(path)!)
        {
            missing.Add(path);
        }

        Directory.CreateDirectory(folder);
        return missing;
    }

    private static void WriteHolder(string folder, bool isShared)
    {
        try
        {
            File.WriteAllText(
                Path.Combine(folder, HolderFile),
                isShared ? Workers : Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            // A full disk: the lock holds without it.
        }
    }

    /// <summary>The process that holds the lock, or that several do; empty where that is not known.</summary>
    private static string HolderText(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, HolderFile));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
