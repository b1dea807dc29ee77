namespace LoNas.Data;

/// <summary>One encoded record.</summary>
/// <param name="InputIds">Token ids.</param>
/// <param name="Labels">The same ids, or -100 where a token is not learned; as long as <paramref name="InputIds"/>.</param>
public sealed record TrainingExample(int[] InputIds, int[] Labels);
