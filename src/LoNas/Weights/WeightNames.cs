namespace LoNas.Weights;

/// <summary>
/// The spellings under which checkpoints hold one weight: Transformers writes a body's weights with the body's name in
/// front (<c>model.layers.0</c>) when the model with its head was saved, and without it when the bare model was.
/// </summary>
internal static class WeightNames
{
    private static readonly string[] Bodies = ["model.", "transformer.", "bert."];

    /// <summary>The spelling of <paramref name="name"/> that a checkpoint holds; null when it holds none.</summary>
    /// <param name="name">The name in the model with its head, such as <c>model.layers.0.mlp.up_proj.weight</c>.</param>
    /// <param name="holds">Whether the checkpoint has a tensor of exactly that name.</param>
    public static string? Find(string name, Func<string, bool> holds) =>
        FindBody(name, holds) ?? (OldNormName(name) is var old && old != name ? FindBody(old, holds) : null);

    /// <summary>BERT's first checkpoints call a layer norm's weight and bias gamma and beta.</summary>
    private static string OldNormName(string name) => name
        .Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
        .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal);

    private static string? FindBody(string name, Func<string, bool> holds)
    {
        if (holds(name))
        {
            return name;
        }

        var body = Bodies.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
        return body is null
            ? Bodies.Select(prefix => prefix + name).FirstOrDefault(holds)
            : holds(name[body.Length..]) ? name[body.Length..] : null;
    }
}
