namespace LoNas.Data.Records;

/// <summary>The examples of records; one of a document may have several.</summary>
internal sealed class EncodedRecords
{
    private readonly TokenStore _store = new();
    private readonly List<int> _uncutLengths = [];
    private readonly List<int> _starts = [0];
    private readonly List<int> _numbers = [];

    /// <summary>How many records there are.</summary>
    public int RecordCount => _numbers.Count;

    /// <summary>Adds the examples of a record.</summary>
    public void Add(int number, IReadOnlyList<EncodedRecord> parts)
    {
        _numbers.Add(number);
        foreach (var part in parts)
        {
            _store.Append(part.Ids, part.Learned);
            _uncutLengths.Add(part.UncutLength);
        }

        _starts.Add(_store.Count);
    }

    /// <summary>The examples of some of the records, and the number of the record of each.</summary>
    public (EncodedDataset Set, IReadOnlyList<int> Numbers) Take(IReadOnlyList<int> records)
    {
        var (places, numbers) = (new List<int>(), new List<int>());
        foreach (int record in records)
        {
            for (int place = _starts[record]; place < _starts[record + 1]; place++)
            {
                places.Add(place);
                numbers.Add(_numbers[record]);
            }
        }

        return (
            new EncodedDataset
            {
                Examples = _store.Select(places),
                UncutLengths = [.. places.Select(place => _uncutLengths[place])],
                TruncatedCount = places.Count(place => _store.LengthOf(place) < _uncutLengths[place]),
            },
            numbers);
    }
}
