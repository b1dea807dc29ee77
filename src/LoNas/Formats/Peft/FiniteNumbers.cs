using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Formats.Peft;

/// <summary>
/// Refuses an adapter with NaN or infinite numbers, which would make every answer wrong and every file that is written
/// from it useless. An adapter is read whole anyway, so that looking costs one more pass over memory.
/// </summary>
internal static class FiniteNumbers
{
    /// <summary>Looks at tensors of an adapter's file as float32, in which adapters compute.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="names">The tensors.</param>
    /// <param name="load">Loads one; it is disposed here.</param>
    /// <exception cref="InvalidDataException">Some are not finite; the message names them.</exception>
    public static void Require(string path, IEnumerable<string> names, Func<string, Tensor> load)
    {
        string[] found = [.. names.Order(StringComparer.Ordinal).Select(name => (name, Count: Count(name, load)))
            .Where(entry => entry.Count > 0).Select(entry => $"{entry.name} ({entry.Count})")];
        if (found.Length > 0)
        {
            throw new InvalidDataException(
                $"The adapter '{path}' holds numbers that are NaN, infinite or too large for float32, in "
                + $"{found.Length} {(found.Length == 1 ? "tensor" : "tensors")}: {Excerpt.Of(found)}; its training "
                + "diverged or the file is damaged, so take an earlier checkpoint, or get it again");
        }
    }

    private static long Count(string name, Func<string, Tensor> load)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var finite = load(name).to(ScalarType.Float32).isfinite();
        return finite.all().item<bool>() ? 0 : finite.logical_not().sum().item<long>();
    }
}
