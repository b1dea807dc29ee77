namespace LoNas.Evaluation;

/// <summary>How the responses of a test set are judged.</summary>
/// <param name="Extract">Finds the prediction in a response.</param>
/// <param name="IsRight">Compares a prediction with the record's answer.</param>
public sealed record AnswerRule(Func<string, Prediction> Extract, Func<Prediction, string, bool> IsRight);
