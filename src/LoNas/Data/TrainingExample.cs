namespace LoNas.Data;

/// <summary>One record as tokens.</summary>
/// <param name="InputIds">The tokens, [T].</param>
/// <param name="Labels">
/// The token to be learnt at each place, [T], or <see cref="IgnoredLabel"/>; not shifted: the loss compares the logits
/// of place t with the label of place t + 1.
/// </param>
public sealed record TrainingExample(int[] InputIds, int[] Labels)
{
    /// <summary>The label that the loss leaves out, as PyTorch's cross-entropy has it.</summary>
    public const int IgnoredLabel = -100;

    /// <summary>Whether the loss has anything to learn here; the first place's label is never compared.</summary>
    public bool HasLabels => Labels.AsSpan(Math.Min(1, Labels.Length)).ContainsAnyExcept(IgnoredLabel);
}
