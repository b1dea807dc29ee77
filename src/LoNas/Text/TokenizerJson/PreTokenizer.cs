namespace LoNas.Text.TokenizerJson;

/// <summary>Splits a part of the text further; empty parts are dropped.</summary>
/// <param name="text">The part.</param>
/// <param name="isFirst">Whether it begins the whole text.</param>
internal delegate IEnumerable<string> PreTokenizer(string text, bool isFirst);
