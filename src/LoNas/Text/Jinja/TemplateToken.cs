namespace LoNas.Text.Jinja;

internal enum TokenKind
{
    /// <summary>What stands between tags.</summary>
    Data,
    OutputBegin,
    OutputEnd,
    BlockBegin,
    BlockEnd,
    Name,
    Text,
    Number,
    Operator,
    End,
}

/// <summary>A piece of a template.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">As written; of a text its content.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Value">The value of a number.</param>
internal readonly record struct TemplateToken(TokenKind Kind, string Text, int Offset, object? Value = null)
{
    public bool Is(TokenKind kind, string text) => Kind == kind && Text == text;

    /// <summary>In words, for messages.</summary>
    public string Described => Kind switch
    {
        TokenKind.Data => "text",
        TokenKind.OutputBegin => "'{{'",
        TokenKind.OutputEnd => "'}}'",
        TokenKind.BlockBegin => "'{%'",
        TokenKind.BlockEnd => "'%}'",
        TokenKind.End => "the end of the template",
        _ => $"'{Storage.Excerpt.Of(Text, 40)}'",
    };
}
