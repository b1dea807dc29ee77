using LoNas.Errors;

namespace LoNas.Storage;

/// <summary>
/// Writes a folder so that it is either absent or complete: it is filled under a temporary name beside its final place
/// and renamed when everything is on disk. One that is replaced stays until then. Temporary folders of killed processes
/// are removed by the next process that writes the same folder.
/// </summary>
internal static class AtomicFolder
{
    /// <summary>Checks that a folder is not there, is empty or may be replaced.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="other">
    /// Finds in a folder what its replacement would lose and no earlier one wrote; null replaces no folder at all.
    /// </param>
    /// <param name="inputs">Files and folders that are read, which a replaced folder may not hold.</param>
    /// <exception cref="ArgumentException">It must stay, or is a file.</exception>
    public static void RequireFree(string path, Func<string, string?>? other = null, params string?[] inputs)
    {
        if (!Directory.Exists(path))
        {
            RequireNothing(path);
            return;
        }

        if (!Directory.EnumerateFileSystemEntries(path).Any())
        {
            return;
        }

        var place = RealPath.Of(path);
        if (inputs.OfType<string>().FirstOrDefault(
            input => RealPath.Read(input).Any(read => RealPath.IsWithin(read, place))) is { } input)
        {
            throw new ArgumentException(
                $"The output folder '{path}' holds '{input}', which is read for it; give another folder");
        }

        if (other is null)
        {
            throw new ArgumentException($"The output folder '{path}' exists already; give another, or replace it")
                .About(Setting.StartAgain);
        }

        if (other(place) is { } found)
        {
            throw new ArgumentException(
                $"The output folder '{path}' is not replaced, since it is no earlier output of this kind: {found}; "
                + "give another folder, or move that away");
        }
    }

    /// <summary>
    /// Lets <paramref name="write"/> fill a temporary folder, then renames it to <paramref name="path"/>.
    /// </summary>
    /// <param name="path">The folder; a link to one stays, and what it leads to is written.</param>
    /// <param name="write">Fills the folder that it is given.</param>
    /// <param name="other">As in <see cref="RequireFree"/>.</param>
    /// <exception cref="ArgumentException">A folder is there that must stay, or another process is writing
    /// it.</exception>
    /// <exception cref="IOException">The write fails, for example because the disk is full.</exception>
    public static void Write(string path, Action<string> write, Func<string, string?>? other = null)
    {
        var full = RealPath.Of(path);
        using var held = OutputLock.Take(full);
        RequireFree(path, other); // another process may have written it while this one waited to
        var temporary = OutputLock.NewName(full, OutputLock.Partial);
        Directory.CreateDirectory(temporary);
        try
        {
            write(temporary);
            RequireFree(path, other); // and the user may have put something there meanwhile
            Place(temporary, full);
        }
        catch
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }

            throw;
        }
    }

    /// <summary>
    /// A former folder goes last: where a kill comes in between, <see cref="OutputLock"/> gives it back.
    /// </summary>
    private static void Place(string temporary, string full)
    {
        if (!Directory.Exists(full))
        {
            Directory.Move(temporary, full);
            return;
        }

        var former = OutputLock.NewName(full, OutputLock.Replaced);
        Directory.Move(full, former);
        try
        {
            Directory.Move(temporary, full);
        }
        catch
        {
            Directory.Move(former, full);
            throw;
        }

        Directory.Delete(former, recursive: true);
    }

    /// <summary>The first entry that a predicate of relative paths does not know; links are nobody's own.</summary>
    public static string? FirstOther(string folder, Func<string, bool> isOwn) =>
        new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
            .Where(entry => entry.LinkTarget is not null
                || !isOwn(Path.GetRelativePath(folder, entry.FullName).Replace(Path.DirectorySeparatorChar, '/')))
            .Select(entry => $"it holds '{Path.GetRelativePath(folder, entry.FullName)}'").FirstOrDefault();

    private static void RequireNothing(string path)
    {
        if (new FileInfo(path) is var entry && (entry.Exists || entry.LinkTarget is not null))
        {
            throw new ArgumentException(
                $"The output folder '{path}' is {(entry.LinkTarget is null ? "a file" : "a link to no folder")}; "
                + "give a folder");
        }
    }
}
