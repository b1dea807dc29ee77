namespace LoNas.Generation;

/// <summary>A prompt in the batch.</summary>
internal sealed class PromptRow(int index, int[] prompt, IDecoding decoding)
{
    /// <summary>Its place among the prompts.</summary>
    public int Index => index;

    public int[] Prompt => prompt;

    public IDecoding Decoding => decoding;

    public RowSlots Slots { get; } = new(prompt.Length, decoding.Width);

    /// <summary>Steps made.</summary>
    public int Made { get; private set; }

    /// <summary>Takes the logits after each running sequence.</summary>
    public void Step(LogitRows logits)
    {
        decoding.Step(logits);
        if (Made++ > 0)
        {
            Slots.Follow(decoding.Parents);
        }
    }

    /// <summary>Whether all sequences that may still be returned give the same settled answer.</summary>
    public bool IsSettled(Func<int[], bool, string?> settledAnswer)
    {
        string? common = null;
        var open = decoding.Open.Select(ids => (ids, false));
        foreach (var (ids, ended) in open.Concat(decoding.Ended.Select(ids => (ids, true))))
        {
            var answer = settledAnswer(ids, ended);
            if (answer is null || (common ??= answer) != answer)
            {
                return false;
            }
        }

        return common is not null;
    }
}
