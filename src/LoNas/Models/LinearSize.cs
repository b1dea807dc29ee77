namespace LoNas.Models;

/// <summary>The size of one linear layer of a model, which maps [..., In] to [..., Out].</summary>
/// <param name="Path">Its name in the checkpoint, such as <c>model.layers.0.mlp.up_proj</c>.</param>
/// <param name="In">Input features.</param>
/// <param name="Out">Output features.</param>
/// <param name="Bias">Whether it has a bias [Out].</param>
public sealed record LinearSize(string Path, long In, long Out, bool Bias = false);
