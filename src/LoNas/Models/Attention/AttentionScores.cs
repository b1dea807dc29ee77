namespace LoNas.Models.Attention;

/// <summary>How attention's scores are made of the products of queries and keys.</summary>
/// <param name="Scale">What the products are multiplied by.</param>
/// <param name="Cap">
/// c in c tanh(score / c), by which scores stay between -c and c (Gemma 2, 2024); null leaves them as they are.
/// </param>
public sealed record AttentionScores(double Scale, double? Cap = null);
