using System.Numerics;

namespace LoNas.Text.Jinja;

/// <summary>A dictionary in the order of its keys, which are compared as Python compares them.</summary>
internal sealed class PyDict
{
    private const int MostSearched = 8;

    private readonly List<KeyValuePair<object?, object?>> _entries = [];
    private Dictionary<object, int>? _index;

    public int Count => _entries.Count;

    public IReadOnlyList<KeyValuePair<object?, object?>> Entries => _entries;

    public object?[] Keys => Each(entry => entry.Key);

    public object?[] Values => Each(entry => entry.Value);

    /// <summary>The pairs, as tuples.</summary>
    public object?[] Pairs => Each(entry => new PyTuple([entry.Key, entry.Value]));

    public static PyDict Of(IEnumerable<KeyValuePair<object?, object?>> entries)
    {
        var dict = new PyDict();
        foreach (var (key, value) in entries)
        {
            dict.Set(key, value);
        }

        return dict;
    }

    /// <summary>Sets a key; one that is there keeps its place.</summary>
    /// <exception cref="JinjaException">A list or dictionary is no key.</exception>
    public void Set(object? key, object? value)
    {
        int at = IndexOf(key);
        if (at >= 0)
        {
            _entries[at] = new(_entries[at].Key, value);
            return;
        }

        _entries.Add(new(key, value));
        if (_index is not null)
        {
            _index[KeyOf(key)] = _entries.Count - 1;
        }
        else if (_entries.Count > MostSearched)
        {
            _index = new(KeyComparer.Instance);
            for (int i = 0; i < _entries.Count; i++)
            {
                _index[KeyOf(_entries[i].Key)] = i;
            }
        }
    }

    public bool TryGet(object? key, out object? value)
    {
        int at = IndexOf(key);
        value = at >= 0 ? _entries[at].Value : null;
        return at >= 0;
    }

    private object?[] Each(Func<KeyValuePair<object?, object?>, object?> part)
    {
        WorkBudget.SpendItems(Count);
        return [.. _entries.Select(part)];
    }

    private int IndexOf(object? key)
    {
        if (_index is not null)
        {
            return _index.GetValueOrDefault(KeyOf(key), -1);
        }

        if (key is string name)
        {
            for (int i = 0; i < _entries.Count; i++)
            {
                if (_entries[i].Key is string other
                    ? ValueOrder.AreSame(other, name) : ValueOrder.AreEqual(_entries[i].Key, name))
                {
                    return i;
                }
            }

            return -1;
        }

        ValueOrder.RequireKey(key);
        for (int i = 0; i < _entries.Count; i++)
        {
            if (ValueOrder.AreEqual(_entries[i].Key, key))
            {
                return i;
            }
        }

        return -1;
    }

    private static object KeyOf(object? key)
    {
        ValueOrder.RequireKey(key);
        return key ?? DBNull.Value;
    }

    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static KeyComparer Instance { get; } = new();

        public new bool Equals(object? x, object? y) =>
            ValueOrder.AreEqual(x is DBNull ? null : x, y is DBNull ? null : y);

        public int GetHashCode(object value) => Hash(value, 0);

        private static int Hash(object? value, int level) => value switch
        {
            null => DBNull.Value.GetHashCode(),
            string text => OfText(text),
            bool flag => (flag ? 1.0 : 0.0).GetHashCode(),
            long number => ((double)number).GetHashCode(),
            BigInteger number => ((double)number).GetHashCode(),
            Markup markup => OfText(markup.Text),
            PyTuple tuple => OfItems(tuple.Items, level),
            PyRange range => HashCode.Combine(range.Count, range.Count > 0 ? range.Start : 0),
            Undefined => 17,
            _ => value.GetHashCode(),
        };

        private static int OfText(string text)
        {
            WorkBudget.SpendCharacters(text.Length);
            return text.GetHashCode();
        }

        private static int OfItems(object?[] items, int level)
        {
            WorkBudget.Enter(level);
            var hash = new HashCode();
            foreach (var item in items)
            {
                WorkBudget.Spend(1);
                hash.Add(Hash(item, level + 1));
            }

            return hash.ToHashCode();
        }
    }
}
