using LoNas.Data;

namespace LoNas.Training.Gradients;

/// <summary>The positions of a batch whose next token is a label.</summary>
/// <param name="Positions">Indices into the flattened batch.</param>
/// <param name="Targets">The next tokens.</param>
internal sealed record CountedLabels(long[] Positions, long[] Targets)
{
    /// <param name="batch">The batch.</param>
    /// <param name="packed">Whether positions count the tokens of all rows, without pads.</param>
    public static CountedLabels Of(TokenBatch batch, bool packed = false)
    {
        var positions = new List<long>(batch.Labels.Length);
        var targets = new List<long>(batch.Labels.Length);
        int first = 0;
        for (int row = 0; row < batch.Rows; row++)
        {
            for (int column = 1; column < batch.Lengths[row]; column++)
            {
                long next = batch.Labels[(row * batch.Columns) + column];
                if (next != TrainingExample.IgnoredLabel)
                {
                    positions.Add(first + column - 1);
                    targets.Add(next);
                }
            }

            first += packed ? batch.Lengths[row] : batch.Columns;
        }

        return new CountedLabels([.. positions], [.. targets]);
    }
}
