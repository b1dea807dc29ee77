namespace LoNas.Elastic;

/// <summary>
/// Linears whose outputs are cut together, and the linear that reads these outputs and so follows on its input side.
/// Names are relative to the module that holds them all.
/// </summary>
/// <param name="Producers">The linears that are cut; those a model has must be in one group.</param>
/// <param name="Consumer">The linear whose input side follows.</param>
/// <param name="CutsHeads">Whether the outputs are attention heads, so that only whole heads can go.</param>
internal sealed record ElasticConsumer(IReadOnlyList<string> Producers, string Consumer, bool CutsHeads = false);
