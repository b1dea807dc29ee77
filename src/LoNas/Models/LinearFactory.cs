using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models;

/// <summary>
/// Makes the linear layers of a model: maps [..., <paramref name="inFeatures"/>] to [..., <paramref name="outFeatures"/>].
/// An adapter supplies its own, so that models need not know of adapters.
/// </summary>
/// <param name="path">The layer's name in the checkpoint, such as <c>model.layers.0.mlp.up_proj</c>.</param>
/// <param name="inFeatures">Width of the input.</param>
/// <param name="outFeatures">Width of the output.</param>
/// <param name="bias">Whether the layer has a bias.</param>
public delegate Module<Tensor, Tensor> LinearFactory(string path, long inFeatures, long outFeatures, bool bias);
