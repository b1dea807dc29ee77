namespace LoNas.Generation;

/// <summary>Some neighbouring rows of a step's logits: those of one prompt.</summary>
/// <param name="logits">All rows.</param>
/// <param name="first">The first row.</param>
/// <param name="count">Rows.</param>
internal readonly struct LogitRows(StepLogits logits, int first, int count)
{
    /// <summary>Rows.</summary>
    public int Count => count;

    /// <inheritdoc cref="StepLogits.Best(int, int)"/>
    public (int Token, float Logit)[] Best(int row, int most) => logits.Best(first + row, most);

    /// <inheritdoc cref="StepLogits.All"/>
    public (int Token, float Logit)[] All(int row) => logits.All(first + row);

    /// <inheritdoc cref="StepLogits.LogSum"/>
    public double LogSum(int row, float highest) => logits.LogSum(first + row, highest);
}
