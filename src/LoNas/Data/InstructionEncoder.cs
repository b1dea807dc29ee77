using LoNas.Text;

namespace LoNas.Data;

/// <summary>Turns records into tokens and labels as LLM-Adapters does.</summary>
public sealed class InstructionEncoder
{
    private readonly TextTokenizer _tokenizer;
    private readonly int _cutoffLength;
    private readonly bool _trainOnInputs;
    private readonly Func<InstructionRecord, string> _prompt;

    /// <summary>An encoder with fixed settings.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="cutoffLength">The most tokens of an example; longer records are cut off at the end.</param>
    /// <param name="trainOnInputs">True learns all tokens, false only those after the prompt.</param>
    /// <param name="prompt">The text before a record's output; null takes LLM-Adapters' training template.</param>
    /// <exception cref="ArgumentException">The cut-off length is below 1.</exception>
    public InstructionEncoder(
        TextTokenizer tokenizer, int cutoffLength, bool trainOnInputs, Func<InstructionRecord, string>? prompt = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cutoffLength, 1);
        (_tokenizer, _cutoffLength, _trainOnInputs) = (tokenizer, cutoffLength, trainOnInputs);
        _prompt = prompt ?? (record => PromptTemplate.Training(record.Instruction, record.Input, output: ""));
    }

    /// <summary>Encodes all records, in order.</summary>
    public EncodedDataset Encode(IEnumerable<InstructionRecord> records)
    {
        var examples = new List<TrainingExample>();
        var lengths = new List<int>();
        foreach (var record in records)
        {
            examples.Add(Encode(record, out int uncutLength));
            lengths.Add(uncutLength);
        }

        return new EncodedDataset
        {
            Examples = examples,
            UncutLengths = lengths,
            TruncatedCount = lengths.Count(length => length > _cutoffLength),
        };
    }

    private TrainingExample Encode(InstructionRecord record, out int uncutLength)
    {
        var tokens = _tokenizer.Encode(_prompt(record) + record.Output);
        uncutLength = tokens.Length;
        int[] ids = tokens.Length >= _cutoffLength ? tokens[.._cutoffLength]
            : tokens is [.., var last] && last == _tokenizer.EosId ? tokens
            : [.. tokens, _tokenizer.EosId];
        var labels = (int[])ids.Clone();
        if (!_trainOnInputs)
        {
            labels.AsSpan(0, Math.Min(PromptLength(record), labels.Length)).Fill(TrainingExample.IgnoredLabel);
        }

        return new TrainingExample(ids, labels);
    }

    // The prompt ends in spaces, which the tokenizer may join to the first word of the output. The place where the
    // output begins is therefore approximate, as in LLM-Adapters; this is kept for parity.
    private int PromptLength(InstructionRecord record)
    {
        var tokens = _tokenizer.Encode(_prompt(record));
        return tokens is [.., var last] && last == _tokenizer.EosId ? tokens.Length - 1 : tokens.Length;
    }
}

/// <summary>A data set as tokens, in the order of the records, and what the cut-off length removed.</summary>
public sealed record EncodedDataset
{
    // Examples may be made anew for each look at them.
    private int? _unlabelled;

    /// <summary>One example per record, each at most the cut-off length long.</summary>
    public required IReadOnlyList<TrainingExample> Examples { get; init; }

    /// <summary>
    /// Tokens of each record before it was cut (with BOS, without the appended EOS), for a histogram.
    /// </summary>
    public required IReadOnlyList<int> UncutLengths { get; init; }

    /// <summary>How many records were cut off.</summary>
    public required int TruncatedCount { get; init; }

    /// <summary>How many examples have no label left, so that nothing is learnt from them.</summary>
    public int UnlabelledCount => _unlabelled ??= Examples.Count(example => !example.HasLabels);
}
