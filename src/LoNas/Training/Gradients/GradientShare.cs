using LoNas.Models.Attention;

namespace LoNas.Training.Gradients;

/// <summary>What of a batch's loss is added to the gradients, and how.</summary>
/// <param name="Share">What the loss is multiplied by, such as one over the micro-batches of a step.</param>
/// <param name="Scale">What the gradients are multiplied by besides, so that those of float16 don't vanish.</param>
/// <param name="Checkpointing">
/// Whether only the blocks' inputs are kept and each block is computed again when its gradient is due (Chen et al., 2016).
/// </param>
/// <param name="Packing">Whether pads are computed in attention only (<see cref="PackedRows"/>).</param>
/// <param name="Widening">Whether a bfloat16 base computes with float32 states, its weights widened while they work.</param>
public sealed record GradientShare(
    double Share = 1, double Scale = 1, bool Checkpointing = false, bool Packing = false, bool Widening = false);
