using LoNas.Data;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Models.Attention;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Training.Gradients;

/// <summary>Which share of a batch's loss is added to the gradients, and how it is computed.</summary>
/// <param name="Share">What the loss is multiplied by, such as one over the micro-batches of a step.</param>
/// <param name="Scale">A further factor of the gradients alone, so that those of float16 do not vanish.</param>
/// <param name="Checkpointing">
/// Whether only the blocks' inputs are kept, and each block is computed again when its gradient is due (Chen et al.,
/// 2016).
/// </param>
/// <param name="Packing">Whether padding is left out of all layers but attention (<see cref="PackedRows"/>).</param>
/// <param name="Widening">
/// Whether a bfloat16 base computes with float32 states; its weights are then widened while they are used.
/// </param>
public sealed record GradientShare(
    double Share = 1, double Scale = 1, bool Checkpointing = false, bool Packing = false, bool Widening = false);

/// <summary>
/// The loss of a batch and its gradients, one block of the model at a time. Every block has a graph of its own, which
/// is freed as soon as the gradient has passed through it, and the head sees a few positions at a time. The gradients
/// are those of <see cref="CausalLoss"/>.
/// </summary>
public static class BlockwiseGradient
{
    /// <summary>Adds the gradients of a share of the loss to those of the parameters.</summary>
    /// <param name="model">The model; parameters that require gradients get them.</param>
    /// <param name="batch">Token ids and labels, -100 where a position does not count.</param>
    /// <param name="share">Which share of the loss, and how.</param>
    /// <param name="adapter">
    /// The adapter, whose dropout is repeated where blocks are computed again; null without dropout.
    /// </param>
    /// <returns>The loss times its share; null when no position counts.</returns>
    public static double? Add(ICausalModel model, TokenBatch batch, GradientShare share, SuperAdapter? adapter = null)
    {
        using var loss = Begin(model, batch, share, adapter);
        return loss?.item<double>();
    }

    /// <summary>Like <see cref="Add"/>, but does not wait for the device.</summary>
    /// <returns>A scalar of float64 on the model's device; null when no position counts.</returns>
    internal static Tensor? Begin(
        ICausalModel model, TokenBatch batch, GradientShare share, SuperAdapter? adapter = null)
    {
        using var scope = NewDisposeScope();
        bool packs = batch.IsJoined || (share.Packing && batch.TokenCount < batch.InputIds.Length);
        var labels = CountedLabels.Of(batch, packs);
        if (labels.Positions.Length == 0)
        {
            return null;
        }

        var inputIds = packs
            ? DeviceTensors.Of(batch.Tokens(), model.Device).view(1, batch.TokenCount) // [1, N]
            : DeviceTensors.Of(batch.InputIds, model.Device).view(batch.Rows, batch.Columns); // [B, T]
        var embedded = model.Embed(inputIds); // [B, T, H] or [1, N, H]
        share = share with { Widening = share.Widening && embedded.dtype == ScalarType.BFloat16 };
        if (share.Widening)
        {
            embedded = embedded.to(ScalarType.Float32);
        }

        var blocks = model.Blocks(embedded, batch.IsJoined
            ? TokenPlaces.Joined(new JoinedRows(batch.Lengths, embedded.device))
            : packs
            ? TokenPlaces.Packed(new PackedRows(batch.Lengths, batch.Columns, embedded.device))
            : TokenPlaces.InRows());
        var inputs = new Tensor[blocks.Count];
        var outputs = new Tensor[blocks.Count];
        var draws = new byte[]?[blocks.Count];
        var hidden = embedded.detach().requires_grad_(embedded.requires_grad);
        for (int i = 0; i < blocks.Count; i++)
        {
            inputs[i] = hidden;
            draws[i] = share.Checkpointing ? adapter?.RandomState : null;
            outputs[i] = blocks[i](hidden);
            hidden = outputs[i].detach().requires_grad_(outputs[i].requires_grad);
            if (share.Checkpointing)
            {
                // This frees the block's graph and all that the graph keeps.
                outputs[i].Dispose();
            }
        }

        var loss = HeadGradient.Add(model, hidden, labels, share);
        var drawn = share.Checkpointing ? adapter?.RandomState : null; // an adapter of the head draws too
        for (int i = blocks.Count - 1; i >= 0 && hidden.requires_grad; i--)
        {
            if (share.Checkpointing)
            {
                Draw(adapter, draws[i]);
            }

            GoBack(blocks[i], inputs[i], share.Checkpointing ? null : outputs[i], hidden);
            hidden = inputs[i];
        }

        Draw(adapter, drawn);
        if (hidden.requires_grad)
        {
            embedded.backward([hidden.grad!]);
        }

        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Passes the gradient of a block's output on to its input and parameters; a null output is computed again.
    /// </summary>
    private static void GoBack(Func<Tensor, Tensor> block, Tensor input, Tensor? output, Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var gradient = hidden.grad!;
        hidden.Dispose();
        output ??= block(input);
        output.backward([gradient]);
        output.Dispose();
    }

    /// <summary>Sets the state that the adapter's dropout continues from.</summary>
    private static void Draw(SuperAdapter? adapter, byte[]? state)
    {
        if (adapter is not null && state is not null)
        {
            adapter.RandomState = state;
        }
    }
}
