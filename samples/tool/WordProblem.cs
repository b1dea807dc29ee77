namespace LoNas.Samples;

/// <summary>One arithmetic word problem.</summary>
/// <param name="Story">What happens, without the question.</param>
/// <param name="Question">The question.</param>
/// <param name="Left">First operand.</param>
/// <param name="Operator">'+', '-' or '*'.</param>
/// <param name="Right">Second operand.</param>
internal sealed record WordProblem(string Story, string Question, int Left, char Operator, int Right)
{
    /// <summary>Story and question, as the instruction of a record.</summary>
    public string Text => $"{Story} {Question}";

    /// <summary>The result of the calculation.</summary>
    public int Answer => Operator switch
    {
        '+' => Left + Right,
        '-' => Left - Right,
        _ => Left * Right,
    };

    /// <summary>The calculation, such as "7 + 5 = 12".</summary>
    public string Equation => $"{Left} {Operator} {Right} = {Answer}";

    /// <summary>The worked answer that fine-tuning teaches.</summary>
    public string WorkedAnswer => $"{Equation}. The answer is {Answer}.";
}
