using LoNas.Cli.Options;
using LoNas.Evaluation;

namespace LoNas.Cli.Flags;

/// <summary>How problems are answered.</summary>
internal sealed record TestingFlags
{
    /// <summary>Texts that a classifier judges at once where nothing says: Hugging Face's default.</summary>
    public const int ClassifierBatch = 8;

    public int NumBeams { get; init; } = 4;

    /// <summary>Null: as many as each task takes.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Null: chosen by the free memory.</summary>
    public int? PerDeviceEvalBatchSize { get; init; }

    /// <summary>Whether answers are written to their end though their prediction is settled.</summary>
    public bool ExactOutputs { get; init; }

    /// <summary>How the library is to ask.</summary>
    public EvaluationOptions ToOptions() => new()
    {
        NumBeams = NumBeams,
        MaxNewTokens = MaxNewTokens,
        BatchSize = PerDeviceEvalBatchSize,
        ExactOutputs = ExactOutputs,
    };

    /// <param name="table">The flags.</param>
    /// <param name="newTokens">Most tokens of an answer where the flag is not given.</param>
    public static void Rows(OptionTable<TestingFlags> table, string newTokens) => table
        .Add("num_beams", OptionValues.Integer, o => o.NumBeams, (o, v) => o with { NumBeams = v },
            "beams of the search; 1: greedy")
        .Add("max_new_tokens", OptionValues.OptionalInteger, o => o.MaxNewTokens,
            (o, v) => o with { MaxNewTokens = v }, "most tokens of an answer", newTokens)
        .Add("per_device_eval_batch_size", OptionValues.OptionalInteger, o => o.PerDeviceEvalBatchSize,
            (o, v) => o with { PerDeviceEvalBatchSize = v },
            "problems answered at once; answers do not depend on it", "by the free memory")
        .Add("exact_outputs", OptionValues.Switch, o => o.ExactOutputs, (o, v) => o with { ExactOutputs = v },
            "write every answer to its end, also where its prediction can no longer change");

    /// <summary>The flag of a classifier, which writes no answers.</summary>
    public static void BatchRow(OptionTable<TestingFlags> table) => table
        .Add("per_device_eval_batch_size", OptionValues.OptionalInteger, o => o.PerDeviceEvalBatchSize,
            (o, v) => o with { PerDeviceEvalBatchSize = v }, "texts judged at once", $"{ClassifierBatch}");

    /// <summary>Notes what is wrong with the values.</summary>
    public void Check(OptionProblems problems) => problems
        .AtLeast("num_beams", NumBeams, 1)
        .AtLeast("max_new_tokens", MaxNewTokens, 1)
        .AtLeast("per_device_eval_batch_size", PerDeviceEvalBatchSize, 1);
}
