using System.Text.Json.Nodes;

namespace LoNas.Bench.Parity;

/// <summary>How far a device and type are from float32 on the CPU.</summary>
/// <param name="DType">The element type of the base.</param>
/// <param name="Logits">The largest difference of a logit, as a share of the largest logit.</param>
/// <param name="Loss">The difference of the loss, as a share of it.</param>
/// <param name="Gradients">The norm of the gradients' difference, as a share of their norm.</param>
/// <param name="Training">The difference of the mean loss of some training steps, as a share of it.</param>
/// <param name="Dropout">
/// How far gradients with dropout are, on the same device, from those whose activations were computed twice.
/// </param>
/// <param name="SameText">Whether greedy decoding and beam search give the same tokens.</param>
internal sealed record ParityResult(
    string DType, double Logits, double Loss, double Gradients, double Training, double Dropout, bool SameText)
{
    /// <summary>What may be lost: a few roundings of the type, over the layers of a small model.</summary>
    private static readonly Dictionary<string, (double Logits, double Loss, double Gradients)> Allowed = new()
    {
        ["float32"] = (1e-3, 1e-4, 1e-3),
        ["float16"] = (1e-2, 2e-3, 2e-2),
        ["bfloat16"] = (5e-2, 1e-2, 1e-1),
    };

    /// <summary>Whether all are within what the type allows, and the text is the same.</summary>
    public bool Holds => SameText && Logits <= Allowed[DType].Logits && Loss <= Allowed[DType].Loss
        && Gradients <= Allowed[DType].Gradients && Training <= Allowed[DType].Loss
        && Dropout <= Allowed[DType].Gradients;

    public JsonObject ToJson() => new()
    {
        ["logits"] = Logits,
        ["loss"] = Loss,
        ["gradients"] = Gradients,
        ["training"] = Training,
        ["dropout"] = Dropout,
        ["same_text"] = SameText,
        ["holds"] = Holds,
    };
}
