namespace LoNas.Evaluation;

/// <summary>How the responses of a test set are judged.</summary>
/// <param name="Extract">Finds the prediction in a response.</param>
/// <param name="IsRight">Compares a prediction with the record's answer.</param>
/// <param name="Settle">
/// The choice found in a response that is still being written, if no further text can change it, else null; a null
/// function means that further text always can.
/// </param>
public sealed record AnswerRule(
    Func<string, Prediction> Extract, Func<Prediction, string, bool> IsRight, Func<string, string?>? Settle = null);
