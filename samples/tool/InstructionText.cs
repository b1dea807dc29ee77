namespace LoNas.Samples;

/// <summary>
/// The instruction template without input, as used in fine-tuning and testing. It is needed only for the vocabulary: no
/// document of pre-training contains it.
/// </summary>
internal static class InstructionText
{
    /// <summary>A training text; <paramref name="indent"/> is 20 in training, 28 in testing.</summary>
    public static string Of(WordProblem problem, int indent, string output)
    {
        var space = new string(' ', indent);
        return "Below is an instruction that describes a task. Write a response that appropriately completes the "
            + $"request.  \n\n{space}### Instruction:\n{space}{problem.Text}\n\n{space}### Response:\n{space}{output}";
    }
}
