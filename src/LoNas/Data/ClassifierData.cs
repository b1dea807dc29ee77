using LoNas.Errors;
using LoNas.Text;

namespace LoNas.Data;

/// <summary>Makes the examples of a classifier.</summary>
public static class ClassifierData
{
    /// <summary>Encodes texts that have labels.</summary>
    /// <param name="training">What is trained on; at least one text.</param>
    /// <param name="validation">What training is judged by; may be empty.</param>
    /// <param name="maxLength">
    /// Most tokens of an example, special ones included; of a longer pair the longer text loses its end first.
    /// </param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="ArgumentException">The special tokens leave no room for text.</exception>
    public static TrainingData Encode(
        IReadOnlyList<LabelledText> training,
        IReadOnlyList<LabelledText> validation,
        int maxLength,
        TextTokenizer tokenizer) => new()
        {
            Encoded = Encode(training, maxLength, tokenizer),
            EncodedValidation = Encode(validation, maxLength, tokenizer),
            RecordNumbers = [.. Enumerable.Range(1, training.Count)],
            Options = new DataOptions { CutoffLength = maxLength },
        };

    /// <summary>The examples of texts; those without a label have the target 0.</summary>
    /// <exception cref="ArgumentException">The special tokens leave no room for text.</exception>
    public static EncodedDataset Encode(IReadOnlyList<LabelledText> texts, int maxLength, TextTokenizer tokenizer)
    {
        var empty = texts.Any(text => text.Second is not null) ? "" : null;
        if (tokenizer.EncodePair("", empty).InputIds.Length is var special && special >= maxLength)
        {
            throw new ArgumentException(
                $"A length of {maxLength} tokens leaves no room for text; the special tokens around it are {special}")
                .About(Setting.SequenceLength);
        }

        var examples = new List<TrainingExample>();
        var lengths = new List<int>();
        foreach (var text in texts)
        {
            var whole = tokenizer.EncodePair(text.First, text.Second);
            var pair = whole.InputIds.Length > maxLength
                ? tokenizer.EncodePair(text.First, text.Second, maxLength)
                : whole;
            lengths.Add(whole.InputIds.Length);
            examples.Add(new TrainingExample(pair.InputIds, [])
            {
                TokenTypeIds = pair.TokenTypeIds,
                Target = text.Label ?? 0,
            });
        }

        return new EncodedDataset
        {
            Examples = examples,
            UncutLengths = lengths,
            TruncatedCount = lengths.Count(length => length > maxLength),
        };
    }
}
