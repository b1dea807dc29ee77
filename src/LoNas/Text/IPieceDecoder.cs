namespace LoNas.Text;

/// <summary>Joins pieces to text, one at a time.</summary>
internal interface IPieceDecoder
{
    /// <summary>The text that is certain after one more piece.</summary>
    string Push(TokenPiece piece);

    /// <summary>The text still held back.</summary>
    string Flush();
}
