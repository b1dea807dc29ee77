using LoNas.Data;

namespace LoNas.Training;

/// <summary>The positions of a batch whose next token is a label.</summary>
/// <param name="Positions">Indices into the flattened batch.</param>
/// <param name="Targets">The next tokens.</param>
internal sealed record CountedLabels(long[] Positions, long[] Targets)
{
    public static CountedLabels Of(TokenBatch batch)
    {
        var positions = new List<long>(batch.Labels.Length);
        var targets = new List<long>(batch.Labels.Length);
        for (int row = 0; row < batch.Rows; row++)
        {
            for (int column = 1; column < batch.Columns; column++)
            {
                int next = (row * batch.Columns) + column;
                if (batch.Labels[next] != TrainingExample.IgnoredLabel)
                {
                    positions.Add(next - 1);
                    targets.Add(batch.Labels[next]);
                }
            }
        }

        return new CountedLabels([.. positions], [.. targets]);
    }
}
