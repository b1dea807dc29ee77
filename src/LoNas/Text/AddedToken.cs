namespace LoNas.Text;

/// <summary>A token found in the text as it is written, before the model splits what is left.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="IsSpecial">Whether decoding may leave it out.</param>
/// <param name="IsSingleWord">Whether it counts only where no letter, digit or underscore touches it.</param>
/// <param name="StripsLeft">Whether it takes the white space before it.</param>
/// <param name="StripsRight">Whether it takes the white space after it.</param>
/// <param name="IsNormalized">Whether it is looked for in the normalised text.</param>
internal sealed record AddedToken(
    int Id,
    string Content,
    bool IsSpecial = true,
    bool IsSingleWord = false,
    bool StripsLeft = false,
    bool StripsRight = false,
    bool IsNormalized = false);
