using LoNas.Models.Attention;
using static TorchSharp.torch;

namespace LoNas.Models.Layers;

/// <summary>A layer of a decoder, [B, T, H] to the same.</summary>
internal interface IDecoderLayer
{
    /// <summary>
    /// The layer as a function of the hidden states alone. What the pass shares is taken here, so that it outlives
    /// every call.
    /// </summary>
    Func<Tensor, Tensor> In(DecoderPass pass);
}
