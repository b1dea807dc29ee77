using LoNas.Opening;
using LoNas.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoNas.Data.Records;

/// <summary>A file of a data set, and what its records hold.</summary>
/// <param name="Path">The file.</param>
/// <param name="Format">What its records hold.</param>
/// <param name="Description">The same for people, such as <c>conversations: 'messages' with role and content</c>.</param>
public sealed record RecordFile(string Path, RecordFormat Format, string Description);

/// <summary>
/// Data sets of conversations, instructions, prompts or documents, read record by record: memory does not grow with the
/// files. One that is read is not read by another thread at the same time.
/// </summary>
public sealed class RecordSet
{
    private const int KeptBad = 100;

    private readonly IReadOnlyList<(DataFile File, RecordShape Shape)> _files;
    private readonly bool _skipsBad;
    private readonly List<BadRecord> _bad = [];

    private RecordSet(IReadOnlyList<(DataFile File, RecordShape Shape)> files, bool skipsBad)
    {
        (_files, _skipsBad) = (files, skipsBad);
        Files = [.. files.Select(each => new RecordFile(each.File.Path, each.Shape.Format, each.Shape.Description))];
    }

    /// <summary>The files in the order they are read.</summary>
    public IReadOnlyList<RecordFile> Files { get; }

    /// <summary>What the records of every file hold; null where files differ.</summary>
    public RecordFormat? Format => Files.Select(file => file.Format).Distinct().Count() == 1 ? Files[0].Format : null;

    /// <summary>What the records hold, for people; several where files differ.</summary>
    public string Description => string.Join("; ", Files.Select(file => file.Description).Distinct());

    /// <summary>Good records of the latest <see cref="Read"/> so far.</summary>
    public long Count { get; private set; }

    /// <summary>Bad records that the latest <see cref="Read"/> has left out so far.</summary>
    public long BadCount { get; private set; }

    /// <summary>The first hundred of them.</summary>
    public IReadOnlyList<BadRecord> Bad => _bad;

    /// <summary>Whether a file's name ends as those of data sets do.</summary>
    public static bool IsFileName(string path) => DataFile.IsName(path);

    /// <summary>Opens files and finds out what they hold.</summary>
    /// <param name="paths">
    /// Files that end in .json, .jsonl, .ndjson, .csv, .tsv, .parquet or .txt, or in one of these with .gz behind it,
    /// or folders, of which all such files are taken in the order of their names.
    /// </param>
    /// <param name="options">How they are read; null: by default.</param>
    /// <param name="logger">Takes what the user should know, such as files of a folder that are not read.</param>
    /// <exception cref="ArgumentException">There is no path, or a column is named for what is no field.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is missing, damaged, of no known kind, without records, or its first records hold what is not known, or
    /// may be read in two ways.
    /// </exception>
    public static RecordSet Open(
        IReadOnlyList<string> paths, RecordOptions? options = null, ILogger? logger = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(paths.Count, nameof(paths));
        options ??= new();
        RecordShape.RequireFields(options.Columns);
        var files = paths.SelectMany(path => DataFile.Of(path, options.Encoding, logger ?? NullLogger.Instance));
        return new([.. files.Select(file => (file, RecordShape.Of(file, options)))], options.SkipBad);
    }

    /// <summary>The records in order, read as they are asked for. It may be called again.</summary>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, or it has bad records that are not to be left out: the first five of them are listed.
    /// </exception>
    public IEnumerable<DataRecord> Read()
    {
        (Count, BadCount) = (0, 0);
        _bad.Clear();
        int number = 0;
        foreach (var (file, shape) in _files)
        {
            var reader = new RecordReader(shape);
            var problems = new BadRecords(file.Path);
            int records = 0;
            foreach (var found in file.Read(shape.Keys))
            {
                (number, records) = (number + 1, records + 1);
                if (reader.Read(found) is not { } record)
                {
                    Note(file, problems, found.PlaceOf(records), reader.Problem);
                }
                else if (problems.Count == 0)
                {
                    Count++;
                    yield return record with { File = file.Path, Place = found.ShortPlaceOf(records), Number = number };
                }

                if (problems.IsFull)
                {
                    break;
                }
            }

            problems.ThrowIfAny(records);
        }
    }

    /// <summary>Leaves a bad record out, or lets the rest of its file be looked through for others.</summary>
    private void Note(DataFile file, BadRecords problems, string place, string reason)
    {
        if (!_skipsBad)
        {
            problems.Add(place, reason);
            return;
        }

        BadCount++;
        if (_bad.Count < KeptBad)
        {
            _bad.Add(new BadRecord(file.Path, place, reason));
        }
    }
}
