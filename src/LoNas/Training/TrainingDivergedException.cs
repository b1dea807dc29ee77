using System.Globalization;

namespace LoNas.Training;

/// <summary>
/// Training gave up: more optimiser steps in a row than allowed had a loss or gradients that were not finite.
/// Parameters are those of the last good step, and no checkpoint has been written since then.
/// </summary>
public sealed class TrainingDivergedException(string message) : Exception(message);

/// <summary>The message of a <see cref="TrainingDivergedException"/>.</summary>
internal static class DivergenceMessage
{
    private const int MostRecords = 16;

    public static string Of(
        TrainerState state, TrainingOptions options, IReadOnlyList<int> records, string? checkpoint) =>
        string.Create(CultureInfo.InvariantCulture,
            $"Training stopped at step {state.GlobalStep} of {state.MaxSteps}: the loss or the gradients of "
            + $"{state.SkippedInARow} optimiser steps in a row were not finite, and {options.MaxSkippedSteps} are "
            + $"allowed. ")
        + (checkpoint is null ? "No checkpoint was written. " : $"The last good checkpoint is '{checkpoint}'. ")
        + $"The last of these steps had the records {Show(records)}; look at them, lower the learning rate, or hold "
        + "the base in a wider type, bfloat16 or float32";

    /// <summary>Record numbers; of many only the first.</summary>
    public static string Show(IReadOnlyList<int> records) => string.Join(", ", records.Take(MostRecords))
        + (records.Count > MostRecords ? $" and {records.Count - MostRecords} more" : "");
}
