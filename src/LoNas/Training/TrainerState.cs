using System.Text.Json.Serialization;

namespace LoNas.Training;

/// <summary>
/// How far a run has come, in the names of a checkpoint's lonas_state.json, which lets an interrupted run continue
/// exactly. The first are those of Hugging Face's trainer_state.json too.
/// </summary>
public sealed record TrainerState
{
    /// <summary>Epochs done at the last optimiser step, with their fraction.</summary>
    [JsonPropertyName("epoch")]
    public double Epoch { get; set; }

    /// <summary>Optimiser steps done.</summary>
    [JsonPropertyName("global_step")]
    public int GlobalStep { get; set; }

    /// <summary>Optimiser steps of the whole run.</summary>
    [JsonPropertyName("max_steps")]
    public int MaxSteps { get; init; }

    /// <summary>Epochs of the whole run, the last one perhaps in part.</summary>
    [JsonPropertyName("num_train_epochs")]
    public int EpochCount { get; init; }

    /// <summary>
    /// A record for every log interval, validation and, at the end, the whole training, with the reference's keys;
    /// trainer_state.json rounds them as Hugging Face does.
    /// </summary>
    [JsonPropertyName("log_history")]
    public List<Dictionary<string, double>> LogHistory { get; init; } = [];

    /// <summary>Epochs finished, the current one not among them.</summary>
    [JsonPropertyName("epochs_finished")]
    public int EpochsFinished { get; set; }

    /// <summary>Micro-steps done in the current epoch.</summary>
    [JsonPropertyName("micro_steps_in_epoch")]
    public int MicroStep { get; set; }

    /// <summary>
    /// Whether the run ended within the current epoch and has done what is due at its end; a longer run goes on in it.
    /// </summary>
    [JsonPropertyName("epoch_ended"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool EpochEnded { get; set; }

    /// <summary>Micro-steps done in the current accumulation window.</summary>
    [JsonPropertyName("micro_steps_in_window")]
    public int WindowSteps { get; set; }

    /// <summary>Micro-steps of the whole run so far.</summary>
    [JsonPropertyName("micro_steps_done")]
    public long MicroStepsDone { get; set; }

    /// <summary>Sum of the micro-losses, each divided by the accumulation steps, over the run.</summary>
    [JsonPropertyName("total_loss")]
    public double TotalLoss { get; set; }

    /// <summary>The same sum since the last log record.</summary>
    [JsonPropertyName("loss_since_log")]
    public double LossSinceLog { get; set; }

    /// <summary>The optimiser step of the last log record.</summary>
    [JsonPropertyName("last_logged_step")]
    public int LastLoggedStep { get; set; }

    /// <summary>Tokens of all micro-batches, padding included.</summary>
    [JsonPropertyName("tokens_seen")]
    public long TokensSeen { get; set; }

    /// <summary>State of the shuffle's generator at the start of the current epoch.</summary>
    [JsonPropertyName("shuffle_state")]
    public string ShuffleState { get; set; } = "";

    /// <summary>State of the generator that draws sub-adapters.</summary>
    [JsonPropertyName("sub_adapter_state")]
    public string SubAdapterState { get; set; } = "";

    /// <summary>
    /// What dropout is seeded by, with the number of the micro-batch; null in checkpoints of versions whose dropout
    /// went on from one micro-batch to the next.
    /// </summary>
    [JsonPropertyName("dropout_seed")]
    public long? DropoutSeed { get; set; }

    /// <summary>The active widths; null when the model is uncut.</summary>
    [JsonPropertyName("active_widths")]
    public int[]? ActiveWidths { get; set; }

    /// <summary>Optimiser steps that were skipped; <see cref="GlobalStep"/> counts them too.</summary>
    [JsonPropertyName("skipped_steps"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int SkippedSteps { get; set; }

    /// <summary>Optimiser steps skipped since the last good one.</summary>
    [JsonPropertyName("skipped_in_a_row"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int SkippedInARow { get; set; }

    /// <summary>Indices of the examples in the current window, from 0.</summary>
    [JsonPropertyName("records_in_window")]
    public List<int> WindowRecords { get; init; } = [];

    /// <summary>Whether a loss in the current window was not finite.</summary>
    [JsonPropertyName("window_loss_not_finite"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool WindowLossNotFinite { get; set; }

    /// <summary>The factor that the loss is multiplied by; null where losses are not scaled.</summary>
    [JsonPropertyName("loss_scale"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double? LossScale { get; set; }

    /// <summary>Good steps since that factor last changed.</summary>
    [JsonPropertyName("loss_scale_good_steps"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int LossScaleGoodSteps { get; set; }

    /// <summary>Whether a validation was interrupted; a resumed run then does it first.</summary>
    [JsonPropertyName("evaluation_due"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool EvaluationDue { get; set; }
}
