namespace LoNas.Bench.Generate;

/// <summary>What one process of <c>bench generate</c> measures.</summary>
internal enum BenchPart
{
    /// <summary>Starts a process for each of the others.</summary>
    All,

    /// <summary>Many prompts at once, and greedy decoding of one.</summary>
    Batched,

    /// <summary>One prompt at a time, run once for every beam.</summary>
    Baseline,
}
