using LoNas.Weights;

namespace LoNas.MutationTests.Mutations;

/// <summary>Reads weight files as loading a model does.</summary>
internal static class WeightReading
{
    /// <summary>Reads every tensor completely, one at a time. None may be larger than the file.</summary>
    public static void ReadAll(IWeightFile file, long length)
    {
        foreach (var name in file.Names)
        {
            RequireSize(name, file.ShapeOf(name), length);
            using var tensor = file.Load(name);
            using var copy = tensor.clone();
            if (copy.numel() * copy.element_size() > length)
            {
                throw new InvalidOperationException($"Tensor '{name}' takes more than the {length} bytes of its file");
            }
        }
    }

    private static void RequireSize(string name, IReadOnlyList<long> shape, long length)
    {
        if (shape.Aggregate(1.0, (product, size) => product * size) > length)
        {
            throw new InvalidOperationException($"Tensor '{name}' has more elements than its file of {length} bytes");
        }
    }
}
