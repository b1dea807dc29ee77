using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace LoNas.Data.Records;

/// <summary>Tokens side by side, in memory or in a file that is mapped.</summary>
internal readonly struct TokenPage
{
    private readonly int[]? _held;
    private readonly MemoryMappedViewAccessor? _mapped;

    public TokenPage(int[] held) => _held = held;

    public TokenPage(MemoryMappedViewAccessor mapped) => _mapped = mapped;

    /// <summary>Bytes of memory that it takes by itself.</summary>
    public long HeldBytes => (_held?.Length ?? 0) * (long)sizeof(int);

    /// <summary>Copies tokens from a place on.</summary>
    public void Read(int place, Span<int> tokens)
    {
        if (_held is not null)
        {
            _held.AsSpan(place, tokens.Length).CopyTo(tokens);
        }
        else
        {
            _mapped!.SafeMemoryMappedViewHandle.ReadSpan(
                (ulong)(_mapped.PointerOffset + ((long)place * sizeof(int))), tokens);
        }
    }
}

/// <summary>
/// A temporary file of tokens. It has no name from the start on where the system allows that, and else is deleted when
/// it is closed, so that nothing of it stays if the process is killed.
/// </summary>
internal sealed class MappedTokens : IDisposable
{
    private readonly FileStream _file;
    private readonly List<MemoryMappedViewAccessor> _views = [];

    /// <exception cref="IOException">The folder can't be written.</exception>
    public MappedTokens(string folder)
    {
        var path = Path.Combine(folder, $"lonas-tokens-{Guid.NewGuid():N}.tmp");
        try
        {
            _file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.Delete,
                Options = FileOptions.DeleteOnClose,
                BufferSize = 0,
            });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"Tokens beyond what is held in memory need a temporary file in '{folder}', which can't be made there "
                + $"({error.Message}); name another folder by the environment variable TMPDIR (on Windows TMP)", error);
        }

        if (!OperatingSystem.IsWindows())
        {
            File.Delete(path);
        }
    }

    /// <summary>The file's length.</summary>
    public long Bytes { get; private set; }

    /// <summary>Writes a page. A full disk shows here, and not when a mapped page is touched.</summary>
    public TokenPage Add(ReadOnlySpan<int> tokens)
    {
        long from = Bytes;
        RandomAccess.Write(_file.SafeFileHandle, MemoryMarshal.AsBytes(tokens), from);
        Bytes += tokens.Length * (long)sizeof(int);
        using var map = MemoryMappedFile.CreateFromFile(
            _file, mapName: null, Bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        var view = map.CreateViewAccessor(from, Bytes - from, MemoryMappedFileAccess.Read);
        _views.Add(view);
        return new TokenPage(view);
    }

    public void Dispose()
    {
        foreach (var view in _views)
        {
            view.Dispose();
        }

        _file.Dispose();
    }
}
