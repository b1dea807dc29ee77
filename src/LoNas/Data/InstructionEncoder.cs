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
    /// <param name="cutoffLength">The most tokens of an example; longer records lose their end.</param>
    /// <param name="trainOnInputs">True learns all tokens; false only those after the prompt.</param>
    /// <param name="prompt">What stands before a record's output; null: LLM-Adapters' training template.</param>
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

    // The prompt ends in spaces that may join the first word of the output, so this count is LLM-Adapters'
    // approximation of where the output begins; kept for parity.
    private int PromptLength(InstructionRecord record)
    {
        var tokens = _tokenizer.Encode(_prompt(record));
        return tokens is [.., var last] && last == _tokenizer.EosId ? tokens.Length - 1 : tokens.Length;
    }
}

/// <summary>A data set as tokens, in the records' order, and what was lost on the way.</summary>
public sealed record EncodedDataset
{
    /// <summary>One example per record, each at most the cut-off length long.</summary>
    public required IReadOnlyList<TrainingExample> Examples { get; init; }

    /// <summary>Tokens of each record before the cut (BOS included, the appended EOS not), for a histogram.</summary>
    public required IReadOnlyList<int> UncutLengths { get; init; }

    /// <summary>How many records were cut, and so end without their end.</summary>
    public required int TruncatedCount { get; init; }

    /// <summary>How many examples have no label left, and so teach nothing.</summary>
    public int UnlabelledCount => Examples.Count(example => !example.HasLabels);
}
