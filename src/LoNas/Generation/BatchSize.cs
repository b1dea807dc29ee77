using LoNas.Models;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Generation;

/// <summary>Chooses how many prompts run at once.</summary>
internal static class BatchSize
{
    /// <summary>Sequences beyond which a step gains nothing: matrix products run at full speed long before.</summary>
    private const int MostSequences = 256;

    /// <summary>The same of a GPU, by what its memory traffic for weights suggests; not measured yet.</summary>
    private const int MostSequencesOfADevice = 1024;

    /// <summary>What is taken for free where a device does not say: little for any GPU.</summary>
    private const long Unknown = 8L << 30;

    /// <summary>At least one prompt; more where half of the free memory holds them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompt">Tokens of the longest prompt.</param>
    /// <param name="newTokens">The most tokens that are generated after it.</param>
    /// <param name="width">Sequences of one prompt.</param>
    public static int Choose(ICausalModel model, int prompt, int newTokens, int width) =>
        Choose(BytesOf(model, prompt, newTokens, width), width, DeviceMemory.Room(model.Device) ?? Unknown,
            model.Device.type == TorchSharp.DeviceType.CPU ? MostSequences : MostSequencesOfADevice);

    internal static int Choose(long bytesOfPrompt, int width, long freeBytes, int mostSequences = MostSequences)
    {
        long most = Math.Max(1, mostSequences / width);
        return (int)Math.Clamp(freeBytes / 2 / bytesOfPrompt, 1, most);
    }

    private static long BytesOf(ICausalModel model, int prompt, int newTokens, int width)
    {
        var shape = model.CacheShape;
        bool isWide = model.Parameters.Any(
            parameter => !parameter.requires_grad && parameter.dtype == ScalarType.Float32);
        int element = isWide ? 4 : 2;
        // The worst case: sequences part at once and never meet again.
        long tokens = prompt + ((long)newTokens * width);
        long cache = 2L * shape.Layers * shape.Heads * shape.HeadSize * element * tokens;
        long logits = 3L * shape.VocabularySize * sizeof(float) * width;
        return cache + logits + (64L * shape.HiddenSize * sizeof(float) * width);
    }
}
