namespace LoNas.Generation;

/// <summary>The length by which beam search divides a hypothesis' log-probability.</summary>
public enum BeamLength
{
    /// <summary>Prompt and generated tokens without the end token, as Transformers up to 4.36 counts.</summary>
    Whole,

    /// <summary>Generated tokens with the end token, as later versions count.</summary>
    Generated,
}
