namespace LoNas.Elastic;

/// <summary>Which weight of an adapted linear a group member names.</summary>
public enum AdapterPart
{
    /// <summary>The base weight <c>[out, in]</c>.</summary>
    Base,

    /// <summary>The adapter's first half, A <c>[r, in]</c>.</summary>
    LoraA,

    /// <summary>The adapter's second half, B <c>[out, r]</c>.</summary>
    LoraB,
}
