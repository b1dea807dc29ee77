namespace LoNas.Text;

/// <summary>One entry of a vocabulary: its name, and what it stands for in decoded text.</summary>
/// <param name="Name">The name as the vocabulary lists it, such as <c>▁the</c>, <c>&lt;0x0A&gt;</c> or <c>&lt;/s&gt;</c>.</param>
/// <param name="Text">Its text with real spaces; empty for a byte or a control piece.</param>
/// <param name="Byte">The byte it stands for, or -1: bytes are joined to characters across pieces.</param>
internal readonly record struct TokenPiece(string Name, string Text, int Byte = -1);
