namespace LoNas.Elastic;

/// <summary>One choice of width for every group of a search space; equal where all widths are.</summary>
/// <param name="Widths">The widths in rows, one per group, in the groups' order.</param>
public sealed record SubAdapter(IReadOnlyList<int> Widths)
{
    /// <summary>Whether both choose the same widths.</summary>
    public bool Equals(SubAdapter? other) => other is not null && Widths.SequenceEqual(other.Widths);

    /// <summary>A hash of the widths.</summary>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int width in Widths)
        {
            hash.Add(width);
        }

        return hash.ToHashCode();
    }

    /// <summary>The widths, such as <c>[32, 28, 8256]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", Widths)}]";
}
