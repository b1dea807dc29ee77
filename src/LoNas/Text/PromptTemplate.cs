namespace LoNas.Text;

/// <summary>
/// The prompts of LLM-Adapters and LoNAS. Models are trained with exactly this spacing, so it must not be tidied up:
/// the training and the evaluation template differ only in spaces.
/// </summary>
public static class PromptTemplate
{
    /// <summary>Spaces before each line of the math sets' prompts, by which other instructions are asked too.</summary>
    public const int MathIndent = 28;

    /// <summary>Spaces before each line of the commonsense sets' prompts.</summary>
    public const int CommonsenseIndent = 24;

    private const string ResponseHeading = "### Response:";
    private const int TrainingIndent = 20;

    private const string Opening =
        "Below is an instruction that describes a task. Write a response that appropriately completes the request.";

    private const string OpeningWithInput =
        "Below is an instruction that describes a task, paired with an input that provides further context. "
        + "Write a response that appropriately completes the request.";

    /// <summary>The training text of one record; an empty <paramref name="output"/> gives the prompt alone.</summary>
    /// <param name="instruction">The task.</param>
    /// <param name="input">Further context; empty if there is none.</param>
    /// <param name="output">The response to learn.</param>
    public static string Training(string instruction, string input, string output)
    {
        var opening = input.Length == 0 ? Opening + "  " : OpeningWithInput + " ";
        return Body(opening, instruction, input, TrainingIndent) + output;
    }

    /// <summary>The prompt of one record at evaluation.</summary>
    /// <param name="instruction">The task.</param>
    /// <param name="input">Further context; empty if there is none.</param>
    /// <param name="indent">
    /// Spaces before each line: <see cref="MathIndent"/> or <see cref="CommonsenseIndent"/>.
    /// </param>
    public static string Evaluation(string instruction, string input, int indent)
    {
        var opening = input.Length == 0 ? Opening + " " : OpeningWithInput;
        return Body(opening, instruction, input, indent);
    }

    /// <summary>
    /// The response in a decoded sequence: the trimmed text from the first response heading to the second one or to the
    /// end. Empty if there is no heading.
    /// </summary>
    public static string Response(string decoded)
    {
        var parts = decoded.Split(ResponseHeading, 3);
        return parts.Length > 1 ? PythonText.Strip(parts[1]) : "";
    }

    /// <summary>
    /// The part of <see cref="Response"/> that no further token can change. The end of an unfinished sequence may turn
    /// out to be the start of another heading, so such an end is left out.
    /// </summary>
    public static string SettledResponse(string decoded)
    {
        int length = Math.Min(decoded.Length, ResponseHeading.Length - 1);
        while (length > 0 && !decoded.EndsWith(ResponseHeading[..length], StringComparison.Ordinal))
        {
            length--;
        }

        return Response(decoded[..^length]);
    }

    private static string Body(string opening, string instruction, string input, int indent)
    {
        var spaces = new string(' ', indent);
        string Block(string heading, string text) => $"\n\n{spaces}{heading}\n{spaces}{text}";
        return opening
            + Block("### Instruction:", instruction)
            + (input.Length == 0 ? "" : Block("### Input:", input))
            + Block(ResponseHeading, "");
    }
}
