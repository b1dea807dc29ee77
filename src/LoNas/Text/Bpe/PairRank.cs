namespace LoNas.Text.Bpe;

/// <summary>When two neighbouring symbols merge: the lowest rank first, null for never.</summary>
/// <param name="joined">The text of both symbols.</param>
/// <param name="leftLength">The characters of the left one.</param>
internal delegate double? PairRank(ReadOnlySpan<char> joined, int leftLength);
