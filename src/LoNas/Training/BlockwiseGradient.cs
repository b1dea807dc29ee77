using LoNas.Data;
using LoNas.Models;
using static TorchSharp.torch;

namespace LoNas.Training;

/// <summary>
/// The loss of a batch and its gradients, a block of the model at a time: every block has a graph of its own, which is gone as
/// soon as the gradient has passed through it, and the head sees a few positions at a time. The gradients are those of
/// <see cref="CausalLoss"/>.
/// </summary>
public static class BlockwiseGradient
{
    /// <summary>Adds the gradients of a share of the loss to the parameters'.</summary>
    /// <param name="model">The model; parameters that require gradients get them.</param>
    /// <param name="batch">Token ids and labels, -100 where a position does not count.</param>
    /// <param name="share">Which share of the loss, and how.</param>
    /// <returns>The loss times its share; null when no position counts.</returns>
    public static double? Add(ICausalModel model, TokenBatch batch, GradientShare share)
    {
        using var scope = NewDisposeScope();
        var inputIds = tensor(batch.InputIds).view(batch.Rows, batch.Columns); // [B, T]
        var labels = CountedLabels.Of(batch);
        if (labels.Positions.Length == 0)
        {
            return null;
        }

        var embedded = model.Embed(inputIds); // [B, T, H]
        var blocks = model.Blocks(embedded);
        var inputs = new Tensor[blocks.Count];
        var outputs = new Tensor[blocks.Count];
        var hidden = embedded.detach().requires_grad_(embedded.requires_grad);
        for (int i = 0; i < blocks.Count; i++)
        {
            inputs[i] = hidden;
            outputs[i] = share.Checkpointing ? Untracked(blocks[i], hidden) : blocks[i](hidden);
            hidden = outputs[i].detach().requires_grad_(share.Checkpointing || outputs[i].requires_grad);
        }

        double loss = HeadGradient.Add(model, hidden, labels, share);
        for (int i = blocks.Count - 1; i >= 0 && hidden.requires_grad; i--)
        {
            using var within = NewDisposeScope();
            var gradient = hidden.grad!;
            hidden.Dispose();
            if (share.Checkpointing)
            {
                outputs[i].Dispose();
                outputs[i] = blocks[i](inputs[i]);
            }

            outputs[i].backward([gradient]);
            outputs[i].Dispose();
            hidden = inputs[i];
        }

        if (hidden.requires_grad)
        {
            embedded.backward([hidden.grad!]);
        }

        return loss;
    }

    private static Tensor Untracked(Func<Tensor, Tensor> block, Tensor hidden)
    {
        using var frozen = no_grad();
        return block(hidden);
    }
}
