using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace LoNas.Generation;

/// <summary>
/// What decoding wants to know of a step's logits. Those of the CPU are read in place; of another device's only the
/// best few of each row come over, with the sum that makes them probabilities.
/// </summary>
internal sealed class StepLogits
{
    private readonly Tensor? _logits;
    private readonly (int Token, float Logit)[][] _best = [];
    private readonly float[] _sums = [];

    private StepLogits(Tensor logits) => (_logits, Count) = (logits, (int)logits.shape[0]);

    private StepLogits((int Token, float Logit)[][] best, float[] sums) =>
        (_best, _sums, Count) = (best, sums, best.Length);

    /// <summary>Rows.</summary>
    public int Count { get; }

    /// <summary>Reads the logits of a step. Tensors live in the caller's scope.</summary>
    /// <param name="logits">[N, V], of any type and device.</param>
    /// <param name="most">Tokens of a row that decoding asks for at most; null: it may ask for all.</param>
    public static StepLogits Of(Tensor logits, int? most) => logits.device_type == DeviceType.CPU || most is null
        ? new StepLogits(logits.to(ScalarType.Float32).cpu().contiguous())
        : Best(logits, most.Value);

    /// <summary>Finds the best tokens and the sums where the logits are.</summary>
    internal static StepLogits Best(Tensor logits, int most)
    {
        var wide = logits.to(ScalarType.Float32); // [N, V]
        int width = (int)Math.Min(most, wide.shape[1]);
        var (values, tokens) = wide.topk(width, -1); // [N, K] each
        // All that is wanted is under way before the first of two waits.
        var numbers = cat([values, wide.logsumexp(-1, true)], -1).cpu().data<float>().ToArray(); // [N, K + 1]
        var ids = tokens.cpu().data<long>().ToArray();
        int rows = numbers.Length / (width + 1);
        var best = Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, width)
            .Select(i => (Token: (int)ids[(row * width) + i], Logit: numbers[(row * (width + 1)) + i]))
            .OrderByDescending(token => token.Logit).ThenBy(token => token.Token).ToArray()).ToArray();
        return new StepLogits(best, [.. Enumerable.Range(1, rows).Select(row => numbers[(row * (width + 1)) - 1])]);
    }

    /// <summary>The best tokens of a row, best first; of equal ones the lower comes first.</summary>
    /// <exception cref="InvalidDataException">The logits are no numbers.</exception>
    public (int Token, float Logit)[] Best(int row, int most) =>
        _logits is null ? Checked(_best[row][..Math.Min(most, _best[row].Length)]) : TopTokens.Find(Row(row), most);

    /// <summary>All tokens of a row, best first.</summary>
    public (int Token, float Logit)[] All(int row) => TopTokens.Sort(Row(row));

    /// <summary>The log of the sum of a row's exponentials.</summary>
    /// <param name="row">The row.</param>
    /// <param name="highest">Its highest logit.</param>
    public double LogSum(int row, float highest) =>
        _logits is null ? _sums[row] : Generation.LogSum.Of(Row(row), highest);

    private static (int Token, float Logit)[] Checked((int Token, float Logit)[] tokens)
    {
        // libtorch takes what is no number for the largest.
        Array.ForEach(tokens, token => TopTokens.Number(token.Logit));
        return tokens;
    }

    private ReadOnlySpan<float> Row(int row)
    {
        int vocabulary = (int)_logits!.shape[1];
        return MemoryMarshal.Cast<byte, float>(_logits.bytes).Slice(row * vocabulary, vocabulary);
    }
}

/// <summary>Some neighbouring rows of a step's logits: those of one prompt.</summary>
/// <param name="logits">All rows.</param>
/// <param name="first">The first row.</param>
/// <param name="count">Rows.</param>
internal readonly struct LogitRows(StepLogits logits, int first, int count)
{
    /// <summary>Rows.</summary>
    public int Count => count;

    /// <inheritdoc cref="StepLogits.Best(int, int)"/>
    public (int Token, float Logit)[] Best(int row, int most) => logits.Best(first + row, most);

    /// <inheritdoc cref="StepLogits.All"/>
    public (int Token, float Logit)[] All(int row) => logits.All(first + row);

    /// <inheritdoc cref="StepLogits.LogSum"/>
    public double LogSum(int row, float highest) => logits.LogSum(first + row, highest);
}
