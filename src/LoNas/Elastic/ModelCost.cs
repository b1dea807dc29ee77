namespace LoNas.Elastic;

/// <summary>What a model costs with one sub-adapter active.</summary>
/// <param name="Macs">Multiply-accumulates of all linears, base and adapter, for one sample.</param>
/// <param name="Weights">Weights of all linears, base and adapter; the reference calls these "total parameters".</param>
/// <param name="TotalParameters">Base and adapter parameters, embeddings, norms and biases included.</param>
/// <param name="LoraParameters">Adapter parameters.</param>
public sealed record ModelCost(long Macs, long Weights, long TotalParameters, long LoraParameters);
