namespace LoNas.Training;

/// <summary>The keys of validations in a run's log history, which are the reference's.</summary>
public static class LogKeys
{
    /// <summary>The validation loss of plain LoRA.</summary>
    public const string Loss = "eval_loss";

    /// <summary>The validation loss of the maximal sub-adapter.</summary>
    public const string MaximalLoss = "eval_loss_super";

    /// <summary>The validation loss of the minimal sub-adapter.</summary>
    public const string MinimalLoss = "eval_loss_minimum";
}
