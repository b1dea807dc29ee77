namespace LoNas.Formats.Nncf;

/// <summary>What the width of a group counts.</summary>
internal enum ElasticKind
{
    /// <summary>The rank of adapters.</summary>
    Rank,

    /// <summary>Features of an MLP.</summary>
    Mlp,

    /// <summary>Features of whole attention heads.</summary>
    Heads,
}
