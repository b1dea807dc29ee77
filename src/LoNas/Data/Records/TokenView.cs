using System.Collections;

namespace LoNas.Data.Records;

/// <summary>Examples of a <see cref="TokenStore"/>, each made when it is asked for.</summary>
public sealed class TokenView : IReadOnlyList<TrainingExample>
{
    private readonly TokenStore _store;
    private readonly IReadOnlyList<int>? _indices;

    internal TokenView(TokenStore store, IReadOnlyList<int>? indices) => (_store, _indices) = (store, indices);

    /// <inheritdoc/>
    public int Count => _indices?.Count ?? _store.Count;

    /// <inheritdoc/>
    public TrainingExample this[int index]
    {
        get
        {
            int[] ids = _store.Read(Place(index));
            var labels = new int[ids.Length];
            for (int i = 0; i < ids.Length; i++)
            {
                labels[i] = ids[i] < 0 ? TrainingExample.IgnoredLabel : ids[i];
                ids[i] = ids[i] < 0 ? ~ids[i] : ids[i];
            }

            return new TrainingExample(ids, labels);
        }
    }

    /// <summary>Tokens of an example, for which it is not made.</summary>
    public int LengthOf(int index) => _store.LengthOf(Place(index));

    /// <inheritdoc/>
    public IEnumerator<TrainingExample> GetEnumerator()
    {
        for (int index = 0; index < Count; index++)
        {
            yield return this[index];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int Place(int index) => _indices is null ? index : _indices[index];
}

/// <summary>Lengths of examples, which need not be made for that.</summary>
public static class ExampleLengths
{
    /// <summary>Tokens of an example.</summary>
    public static int LengthOf(this IReadOnlyList<TrainingExample> examples, int index) =>
        examples is TokenView view ? view.LengthOf(index) : examples[index].InputIds.Length;

    /// <summary>Tokens of the longest example; 0 without one.</summary>
    public static int Longest(this IReadOnlyList<TrainingExample> examples)
    {
        int longest = 0;
        for (int index = 0; index < examples.Count; index++)
        {
            longest = Math.Max(longest, examples.LengthOf(index));
        }

        return longest;
    }
}
