namespace LoNas.Data.Records;

/// <summary>
/// Encoded records: all tokens in flat arrays of int32, each as its id where it is learned and as the complement of its
/// id where it is not. What does not fit into the memory that may be held lies in a temporary file that is mapped.
/// Filled by one thread; read by any number once it is full.
/// </summary>
public sealed class TokenStore : IDisposable
{
    /// <summary>Bytes of tokens that are held in memory, by default: 256 MiB.</summary>
    public const long DefaultHeldBytes = 256L << 20;

    private const int PageTokens = 1 << 20;

    private readonly List<TokenPage> _pages = [];
    private readonly List<long> _places = [];
    private readonly List<int> _lengths = [];
    private readonly long _heldBytes;
    private readonly string? _folder;
    private readonly int _pageTokens;
    private MappedTokens? _file;
    private int[] _page = [];
    private int _used;

    /// <summary>An empty store.</summary>
    /// <param name="heldBytes">Bytes of tokens that are held in memory before the file is begun.</param>
    /// <param name="folder">Where the file lies; null: the system's folder for temporary files.</param>
    public TokenStore(long heldBytes = DefaultHeldBytes, string? folder = null)
        : this(heldBytes, folder, PageTokens)
    {
    }

    internal TokenStore(long heldBytes, string? folder, int pageTokens) =>
        (_heldBytes, _folder, _pageTokens) = (heldBytes, folder, pageTokens);

    /// <summary>How many examples there are.</summary>
    public int Count => _places.Count;

    /// <summary>Tokens of all examples.</summary>
    public long TokenCount { get; private set; }

    /// <summary>Bytes of tokens that lie in the file.</summary>
    public long MappedBytes => _file?.Bytes ?? 0;

    /// <summary>Adds an example behind the others.</summary>
    /// <param name="ids">The tokens, [T].</param>
    /// <param name="learned">Which of them are learned, [T].</param>
    /// <exception cref="ArgumentException">Lengths differ, or an id is negative.</exception>
    /// <exception cref="IOException">The file can't be written, such as on a full disk.</exception>
    public void Append(ReadOnlySpan<int> ids, ReadOnlySpan<bool> learned)
    {
        if (ids.Length != learned.Length)
        {
            throw new ArgumentException($"{ids.Length} tokens with {learned.Length} marks; expected as many of each");
        }

        if (_pages.Count == 0 || _page.Length - _used < ids.Length)
        {
            EndPage(Math.Max(_pageTokens, ids.Length));
        }

        var place = _page.AsSpan(_used, ids.Length);
        for (int i = 0; i < ids.Length; i++)
        {
            place[i] = ids[i] < 0
                ? throw new ArgumentException($"The token {ids[i]} is none; expected an id of 0 or more", nameof(ids))
                : learned[i] ? ids[i] : ~ids[i];
        }

        _places.Add(((long)(_pages.Count - 1) << 32) | (uint)_used);
        _lengths.Add(ids.Length);
        _used += ids.Length;
        TokenCount += ids.Length;
    }

    /// <summary>All examples in order, each made when it is asked for.</summary>
    public TokenView All() => new(this, null);

    /// <summary>Some of the examples, each made when it is asked for.</summary>
    /// <param name="indices">Which of them, in the order they are to have.</param>
    public TokenView Select(IReadOnlyList<int> indices) => new(this, indices);

    /// <summary>Tokens of an example.</summary>
    public int LengthOf(int index) => _lengths[index];

    /// <summary>Lets the file go, and what is held; views must not be used any more.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        _pages.Clear();
        _page = [];
    }

    /// <summary>An example's tokens as they are stored.</summary>
    internal int[] Read(int index)
    {
        var tokens = new int[_lengths[index]];
        _pages[(int)(_places[index] >> 32)].Read((int)(uint)_places[index], tokens);
        return tokens;
    }

    /// <summary>Begins a page; the one before it goes to the file if too much is held.</summary>
    private void EndPage(int length)
    {
        long held = _pages.Sum(page => page.HeldBytes);
        if (_pages.Count > 0 && held > _heldBytes)
        {
            _file ??= new MappedTokens(_folder ?? Path.GetTempPath());
            _pages[^1] = _file.Add(_page.AsSpan(0, _used));
        }

        // A page in memory keeps its array; what went to the file leaves it free.
        _page = _pages.Count > 0 && _pages[^1].HeldBytes == 0 && _page.Length >= length ? _page : new int[length];
        _pages.Add(new TokenPage(_page));
        _used = 0;
    }
}
