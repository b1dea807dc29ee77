using LoNas.Runtime;
using LoNas.Storage;
using Microsoft.ML.Tokenizers;

namespace LoNas.Samples;

/// <summary>Makes the tokenizer of the sample model, and opens it.</summary>
internal static class SampleTokenizer
{
    /// <summary>The total number of pieces.</summary>
    public const int VocabularySize = 768;

    private const int DocumentCount = 20_000;

    /// <summary>
    /// Learns the pieces on plain documents and on training prompts, and writes tokenizer.model and its settings.
    /// </summary>
    public static void Write(SamplePaths paths, long seed, List<WordProblem> train, IReadOnlySet<string> reserved)
    {
        var corpus = new CorpusGenerator(new SeededRandom(seed), reserved);
        var texts = Enumerable.Range(0, DocumentCount).Select(_ => corpus.Next())
            .Concat(train.Select(problem => InstructionText.Of(problem, 20, problem.WorkedAnswer)));
        SentencePieceModel.Write(
            paths.Tokenizer, BpeTrainer.Train(texts, VocabularySize - SentencePieceModel.ReservedCount));
        JsonOutput.Save(Path.Combine(paths.Model, "tokenizer_config.json"), new Dictionary<string, object>
        {
            ["tokenizer_class"] = "LlamaTokenizer",
            ["bos_token"] = "<s>",
            ["eos_token"] = "</s>",
            ["unk_token"] = "<unk>",
            ["add_bos_token"] = true,
            ["add_eos_token"] = false,
            ["model_max_length"] = 512,
        });
    }

    /// <summary>Opens the tokenizer; encodings start with the begin token.</summary>
    public static LlamaTokenizer Open(SamplePaths paths)
    {
        using var stream = File.OpenRead(paths.Tokenizer);
        return LlamaTokenizer.Create(stream, addBeginOfSentence: true, addEndOfSentence: false);
    }

    /// <summary>
    /// Checks what the quickstart relies on: the tokens of a prompt are the same with and without its answer, at both
    /// indents, and decoding restores the text.
    /// </summary>
    /// <returns>The longest training text in tokens.</returns>
    /// <exception cref="InvalidDataException">One of these does not hold for a problem.</exception>
    public static int Check(SamplePaths paths, IEnumerable<WordProblem> problems)
    {
        var tokenizer = Open(paths);
        int longest = 0;
        foreach (var problem in problems)
        {
            foreach (int indent in new[] { 20, 28 })
            {
                var text = InstructionText.Of(problem, indent, problem.WorkedAnswer);
                var whole = tokenizer.EncodeToIds(text);
                var prompt = tokenizer.EncodeToIds(InstructionText.Of(problem, indent, ""));
                if (!whole.Take(prompt.Count).SequenceEqual(prompt) || tokenizer.Decode(whole) != text)
                {
                    throw new InvalidDataException($"The tokenizer treats this text inconsistently: {text}");
                }

                longest = indent == 20 ? Math.Max(longest, whole.Count + 1) : longest;
            }
        }

        return longest;
    }
}
