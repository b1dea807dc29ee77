namespace LoNas.Evaluation;

/// <summary>How the responses of a test set are judged.</summary>
/// <param name="Extract">Finds the prediction in a response.</param>
/// <param name="IsRight">Compares a prediction with the record's answer.</param>
/// <param name="Settle">
/// Finds the choice in a response that is still being written, or null while further text could change it. A null
/// function means that further text always could.
/// </param>
public sealed record AnswerRule(
    Func<string, Prediction> Extract, Func<Prediction, string, bool> IsRight, Func<string, string?>? Settle = null)
{
    /// <summary>
    /// Says what is wrong with an answer that no response can equal; null where one can. A null function takes every
    /// answer.
    /// </summary>
    public Func<string, string?>? LabelProblem { get; init; }
}

/// <summary>What an answer rule found in a response: a choice or a number.</summary>
public readonly record struct Prediction
{
    private Prediction(string choice, double? number) => (Choice, Number) = (choice, number);

    /// <summary>The choice, such as <c>B</c> or <c>answer3</c>; empty where none was found, or for a number.</summary>
    public string Choice { get; }

    /// <summary>The number, infinity where none was found; null for a choice.</summary>
    public double? Number { get; }

    /// <summary>
    /// The value for a result file: the choice, the number, or <c>"inf"</c> for infinity, which JSON does not have (the
    /// reference writes a bare Infinity).
    /// </summary>
    public object JsonValue => Number switch
    {
        null => Choice,
        double number when double.IsFinite(number) => number,
        double.NegativeInfinity => "-inf",
        _ => "inf",
    };

    /// <summary>A choice; empty for none found.</summary>
    public static Prediction OfChoice(string choice) => new(choice, null);

    /// <summary>A number; infinity for none found.</summary>
    public static Prediction OfNumber(double number) => new("", number);
}
