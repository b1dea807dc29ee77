using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Models;

/// <summary>
/// Makes the linear layers of a model: maps [..., in] to [..., out]. An adapter supplies its own, so that models need
/// not know of adapters, and looks the sizes up in the model's <see cref="LinearLayout"/>, so that they are written
/// there alone.
/// </summary>
/// <param name="path">The layer's name in the checkpoint, such as <c>model.layers.0.mlp.up_proj</c>.</param>
public delegate Module<Tensor, Tensor> LinearFactory(string path);
