namespace LoNas.Training;

/// <summary>The keys of validations in a run's log history, which are the reference's.</summary>
public static class LogKeys
{
    /// <summary>A validation figure of plain LoRA, as Hugging Face's Trainer calls it.</summary>
    public static string Of(string figure) => $"eval_{figure}";

    /// <summary>That of the maximal sub-adapter.</summary>
    public static string OfMaximal(string figure) => $"eval_{figure}_super";

    /// <summary>That of the minimal sub-adapter.</summary>
    public static string OfMinimal(string figure) => $"eval_{figure}_minimum";

    /// <summary>The validation loss of plain LoRA.</summary>
    public const string Loss = "eval_loss";

    /// <summary>The validation loss of the maximal sub-adapter.</summary>
    public const string MaximalLoss = "eval_loss_super";

    /// <summary>The validation loss of the minimal sub-adapter.</summary>
    public const string MinimalLoss = "eval_loss_minimum";
}
