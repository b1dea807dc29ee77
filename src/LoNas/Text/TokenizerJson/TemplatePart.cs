namespace LoNas.Text.TokenizerJson;

/// <summary>One part of a <see cref="SequenceTemplate"/>: a special token, or the place of a text.</summary>
/// <param name="Id">The special token; null at the place of a text.</param>
/// <param name="IsSecond">Whether the place is that of the second text.</param>
/// <param name="Type">The token type id.</param>
internal readonly record struct TemplatePart(int? Id, bool IsSecond, int Type)
{
    public static TemplatePart Special(int id, int type) => new(id, false, type);

    public static TemplatePart First(int type) => new(null, false, type);

    public static TemplatePart Second(int type) => new(null, true, type);
}
