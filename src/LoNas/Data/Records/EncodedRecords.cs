namespace LoNas.Data.Records;

/// <summary>The examples of records; one of a document may have several.</summary>
internal sealed class EncodedRecords
{
    private readonly TokenStore _examples = new();
    private readonly List<int> _uncutLengths = [];
    private readonly List<int> _starts = [0];
    private readonly List<int> _numbers = [];
    private int _cut;

    /// <summary>How many records there are.</summary>
    public int RecordCount => _numbers.Count;

    /// <summary>Adds the examples of a record.</summary>
    public void Add(int number, IReadOnlyList<EncodedRecord> parts)
    {
        _numbers.Add(number);
        foreach (var part in parts)
        {
            _examples.Append(part.Ids, part.Learned);
            _uncutLengths.Add(part.UncutLength);
            _cut += part.IsCut ? 1 : 0;
        }

        _starts.Add(_examples.Count);
    }

    /// <summary>The examples of some of the records, and the number of the record of each.</summary>
    public (EncodedDataset Set, IReadOnlyList<int> Numbers) Take(IReadOnlyList<int> records)
    {
        int[] places = [.. records.SelectMany(
            record => Enumerable.Range(_starts[record], _starts[record + 1] - _starts[record]))];
        int[] lengths = [.. places.Select(place => _uncutLengths[place])];
        return (
            new EncodedDataset
            {
                Examples = _examples.Select(places),
                UncutLengths = lengths,
                TruncatedCount = _cut == 0 ? 0
                    : places.Count(place => _examples.LengthOf(place) < _uncutLengths[place]),
            },
            [.. records.SelectMany(record => Enumerable.Repeat(
                _numbers[record], _starts[record + 1] - _starts[record]))]);
    }
}
