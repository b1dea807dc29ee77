namespace LoNas.Bench.Eager;

/// <summary>The sizes of a LLaMA.</summary>
/// <param name="Layers">Blocks.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="KeyValueHeads">Heads of keys and values.</param>
/// <param name="HeadSize">Features of a head.</param>
/// <param name="Epsilon">Of the norms.</param>
/// <param name="RopeTheta">Base of the rotary frequencies.</param>
public sealed record EagerShape(
    int Layers, long Heads, long KeyValueHeads, long HeadSize, double Epsilon = 1e-6, double RopeTheta = 10000);
