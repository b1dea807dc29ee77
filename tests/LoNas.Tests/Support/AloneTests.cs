namespace LoNas.Tests.Support;

/// <summary>
/// Tests that run alone, after all others: they end processes at a moment, or were seen to fail inside libtorch
/// ("Expected false to be true") beside tests that compute.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneTests
{
    public const string Name = "alone";
}
