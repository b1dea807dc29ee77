using System.Text;
using System.Text.Json;
using ICSharpCode.SharpZipLib.GZip;
using LoNas.Opening;
using LoNas.Storage;
using Microsoft.Extensions.Logging;

namespace LoNas.Data.Records;

/// <summary>A file of records; the end of its name says of which kind it is.</summary>
internal sealed class DataFile
{
    /// <summary>The kinds of files, for messages.</summary>
    public const string Kinds =
        ".json, .jsonl, .ndjson, .csv, .tsv, .parquet or .txt, or one of these with .gz behind it";

    private const string Compressed = ".gz";

    private readonly Encoding? _encoding;
    private readonly string _kind;

    private DataFile(string path, Encoding? encoding) => (Path, _encoding, _kind) = (path, encoding, KindOf(path)!);

    /// <summary>The file.</summary>
    public string Path { get; }

    private string Origin => $"data set '{Path}'";

    private bool IsCompressed => Path.EndsWith(Compressed, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a name ends as that of a file of records does.</summary>
    public static bool IsName(string path) => KindOf(path) is not null;

    /// <summary>A file, or those of a folder in the order of their names.</summary>
    /// <exception cref="InvalidDataException">
    /// It is missing, of no known kind, or a folder without such files.
    /// </exception>
    public static IEnumerable<DataFile> Of(string path, Encoding? encoding, ILogger logger)
    {
        if (Directory.Exists(path))
        {
            return [.. FilesOf(path, logger).Select(file => new DataFile(file, encoding))];
        }

        InputPath.RequireFile(path, "data set");
        var hint = TableFile.Hint(System.IO.Path.GetExtension(path).ToUpperInvariant());
        return IsName(path) ? [new DataFile(path, encoding)] : throw new InvalidDataException(
            $"The data set '{path}' is of no known kind; expected {Kinds}{hint}");
    }

    /// <summary>The records in order, as they lie in the file.</summary>
    /// <param name="keys">Keys of which every record has one.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or in no layout of records.</exception>
    public IEnumerable<RawRecord> Read(IReadOnlyCollection<string> keys) => _kind switch
    {
        ".csv" => SeparatedRecords.Commas(OpenText, Path),
        ".tsv" => SeparatedRecords.Tabs(OpenText, Path),
        ".parquet" => ParquetRecords.Read(OpenSeekable, Path),
        ".txt" => Document(),
        _ => JsonRecords.Read(OpenText, Origin, keys),
    };

    private static string? KindOf(string path)
    {
        var name = path.ToLowerInvariant();
        name = name.EndsWith(Compressed, StringComparison.Ordinal) ? name[..^Compressed.Length] : name;
        var end = System.IO.Path.GetExtension(name);
        return end is ".json" or ".jsonl" or ".ndjson" or ".csv" or ".tsv" or ".parquet" or ".txt" ? end : null;
    }

    private static string[] FilesOf(string folder, ILogger logger)
    {
        var names = Directory.EnumerateFiles(folder).Select(path => System.IO.Path.GetFileName(path))
            .Where(name => !name.StartsWith('.')).Order(StringComparer.Ordinal).ToLookup(IsName);
        if (names[true].Any() && names[false].Any())
        {
            logger.Warn(
                $"Of the folder '{folder}' not read: {Excerpt.Of([.. names[false]])}; data sets end in {Kinds}");
        }

        string[] inside = [.. Directory.EnumerateDirectories(folder).Select(path => System.IO.Path.GetFileName(path)!)];
        return names[true].Any() ? [.. names[true].Select(name => System.IO.Path.Combine(folder, name))]
            : throw new InvalidDataException(
                $"The data set folder '{folder}' has no file that ends in {Kinds}"
                + (names[false].Any() ? $"; it has {Excerpt.Of([.. names[false]])}" : "")
                + (inside.Length > 0 ? $"; name one of its folders: {Excerpt.Of(inside)}" : ""));
    }

    /// <summary>A file of plain text is one document.</summary>
    private IEnumerable<RawRecord> Document()
    {
        using var reader = new StreamReader(OpenText(), new UTF8Encoding(false));
        var text = reader.ReadToEnd();
        yield return new("", 1, JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["text"] = text }));
    }

    private Stream OpenText() => TextInput.Open(OpenBytes, Origin, _encoding);

    private Stream OpenBytes() => InputPath.Read(
        Path, IsCompressed ? "compressed data set" : _kind == ".parquet" ? "Parquet file" : "data set", Stream (path) =>
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
            // .NET's own takes a file that is cut off for a whole one.
            return IsCompressed ? new GZipInputStream(file) : file;
        });

    /// <summary>A file that is read in any order; a compressed one is unpacked into a temporary file.</summary>
    private Stream OpenSeekable()
    {
        var bytes = OpenBytes();
        if (!IsCompressed)
        {
            return bytes;
        }

        using var source = new CheckedText(bytes, Origin, isChecked: false);
        var unpacked = new FileStream(
            System.IO.Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16,
            FileOptions.DeleteOnClose);
        try
        {
            source.CopyTo(unpacked);
            unpacked.Position = 0;
            return unpacked;
        }
        catch
        {
            unpacked.Dispose();
            throw;
        }
    }
}
