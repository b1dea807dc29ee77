namespace LoNas.Generation;

/// <summary>
/// Which slots of a cache row hold what: the prompt first, then the tokens of the sequences that run on from it. A slot
/// is free again when no running sequence has it in its past.
/// </summary>
internal sealed class RowSlots
{
    private readonly int _promptLength;
    private readonly int[] _last;
    private readonly List<int> _positions;
    private readonly SortedSet<int> _free = [];
    private List<int>[] _paths;
    private int _made;

    public RowSlots(int promptLength, int width)
    {
        _promptLength = promptLength;
        _paths = [.. Enumerable.Range(0, width).Select(_ => new List<int>())];
        _last = new int[width];
        _positions = [.. Enumerable.Range(0, promptLength)];
    }

    /// <summary>Slots ever used.</summary>
    public int Width => _positions.Count;

    /// <summary>The position of the tokens last taken in.</summary>
    public int Position => _promptLength + _made - 1;

    /// <summary>The position of each slot's token.</summary>
    public IReadOnlyList<int> Positions => _positions;

    /// <summary>Finds a slot for a new token of each sequence.</summary>
    public int[] Take()
    {
        for (int i = 0; i < _last.Length; i++)
        {
            int slot = _free.Count > 0 ? _free.Min : _positions.Count;
            if (!_free.Remove(slot))
            {
                _positions.Add(0);
            }

            _positions[slot] = _promptLength + _made;
            _last[i] = slot;
        }

        _made++;
        return _last;
    }

    /// <summary>Marks the slots that each sequence's new token looks at.</summary>
    /// <param name="visible">[sequences, width], all false.</param>
    /// <param name="width">Slots that are looked over.</param>
    public void Mark(Span<bool> visible, int width)
    {
        for (int i = 0; i < _paths.Length; i++)
        {
            var row = visible.Slice(i * width, width);
            row[.._promptLength].Fill(true);
            row[_last[i]] = true;
            foreach (int slot in _paths[i])
            {
                row[slot] = true;
            }
        }
    }

    /// <summary>Which slots the token of each one looks at, its own among them: [width, width], row by row.</summary>
    public bool[] Past()
    {
        int width = Width;
        var past = new bool[width * width];
        for (int slot = 0; slot < width; slot++)
        {
            past.AsSpan(slot * width, Math.Min(slot + 1, _promptLength)).Fill(true);
            past[(slot * width) + slot] = true;
        }

        foreach (var path in _paths)
        {
            for (int i = 0; i < path.Count; i++)
            {
                path.Take(i).ToList().ForEach(slot => past[(path[i] * width) + slot] = true);
            }
        }

        return past;
    }

    /// <summary>The token of each slot; 0 where no running sequence has it in its past.</summary>
    /// <param name="running">The running sequences, prompt included.</param>
    public long[] Tokens(IReadOnlyList<IReadOnlyList<int>> running)
    {
        var tokens = new long[Width];
        for (int slot = 0; slot < _promptLength; slot++)
        {
            tokens[slot] = running[0][slot];
        }

        for (int i = 0; i < running.Count; i++)
        {
            int count = Math.Min(_paths[i].Count, running[i].Count - _promptLength);
            for (int made = 0; made < count; made++)
            {
                tokens[_paths[i][made]] = running[i][_promptLength + made];
            }
        }

        return tokens;
    }

    /// <summary>The new tokens join the past of those that continue them.</summary>
    /// <param name="parents">For each running sequence the one it continued; those beyond keep their own past.</param>
    public void Follow(int[] parents)
    {
        var old = _paths;
        _paths = [.. Enumerable.Range(0, old.Length).Select(i =>
        {
            int parent = i < parents.Length ? parents[i] : i;
            return new List<int>([.. old[parent], _last[parent]]);
        })];
        var alive = new bool[_positions.Count];
        foreach (int slot in _paths.SelectMany(path => path))
        {
            alive[slot] = true;
        }

        for (int slot = _promptLength; slot < alive.Length; slot++)
        {
            if (!alive[slot])
            {
                _free.Add(slot);
            }
        }
    }
}
