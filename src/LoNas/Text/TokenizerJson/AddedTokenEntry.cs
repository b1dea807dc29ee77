using LoNas.Storage;

namespace LoNas.Text.TokenizerJson;

/// <summary>An added token and where it is written, for messages.</summary>
/// <param name="Token">The token.</param>
/// <param name="Source">Its entry.</param>
internal readonly record struct AddedTokenEntry(AddedToken Token, TokenizerNode Source)
{
    /// <summary>The error that this entry does not fit.</summary>
    public InvalidDataException Wrong(string problem) =>
        new($"'{Excerpt.Of(Source.Path)}' in '{Source.Origin}' gives the id {Token.Id} to '{Excerpt.Of(Token.Content)}', {problem}");
}
