namespace LoNas.Text.SentencePiece;

/// <summary>One entry of a SentencePiece model file.</summary>
/// <param name="Name">The piece as it is matched, spaces written as ▁.</param>
/// <param name="Score">Of two possible merges the one with the higher score comes first.</param>
/// <param name="Type">What the piece is for.</param>
internal readonly record struct SentencePieceEntry(string Name, float Score, SentencePieceType Type);
