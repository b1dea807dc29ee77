using LoNas.Elastic;
using LoNas.Models;
using static TorchSharp.torch;

namespace LoNas.Formats.Peft;

/// <summary>
/// What PEFT puts into an adapter's file for the base itself: the embedding and the head where it found or believed
/// them changed (<c>save_embedding_layers</c>), and the adapter of an embedding that is among the targets.
/// </summary>
internal static class PeftBaseChanges
{
    private const string LoraA = "lora_embedding_A";
    private const string LoraB = "lora_embedding_B";

    /// <summary>Reads them; what does not fit is noted, to be told with the rest of the file.</summary>
    /// <param name="folder">The folder of the adapter.</param>
    /// <param name="options">Its options.</param>
    /// <param name="model">The base.</param>
    public static BaseChanges Read(string folder, LoraOptions options, ModelFolder model)
    {
        using var file = PeftFolder.OpenWeights(folder, out _);
        var (config, embedding, head) = (model.Config, model.Family.EmbeddingPath, model.Family.HeadPath);
        var rank = options.RankOf(embedding);
        var wanted = new Dictionary<string, long[]>
        {
            [$"{embedding}.weight"] = [config.VocabularySize, config.HiddenSize],
            [$"{head}.weight"] = [config.VocabularySize, config.HiddenSize],
            [$"{embedding}.{LoraA}"] = [rank, config.VocabularySize],
            [$"{embedding}.{LoraB}"] = [config.HiddenSize, rank],
        };
        var found = file.Names.Where(name => name.StartsWith(PeftFolder.Prefix, StringComparison.Ordinal))
            .Select(name => (Stored: name, Plain: Plain(name)))
            .Where(name => wanted.ContainsKey(name.Plain) && !IsTrainedInFull(options, name.Plain))
            .DistinctBy(name => name.Plain).ToArray();
        var tensors = found.Where(name => IsTargeted(name.Plain)
                && file.ShapeOf(name.Stored).SequenceEqual(wanted[name.Plain]))
            .ToDictionary(name => name.Plain, name => (name.Stored, Tensor: file.Load(name.Stored)));
        var problems = found.Where(name => !tensors.ContainsKey(name.Plain)).ToDictionary(
            name => name.Stored, name => IsTargeted(name.Plain)
                ? Misfit(name.Stored, file.ShapeOf(name.Stored), wanted[name.Plain])
                : $"'{name.Stored}' adapts the embedding, which 'target_modules' in {PeftConfig.FileName} does not "
                    + "name, so that PEFT leaves it out; name it there, or take it out of the file");
        foreach (var missing in new[] { LoraA, LoraB }.Select(half => $"{embedding}.{half}")
            .Where(half => LoraTargets.HasEmbedding(options, embedding) && found.All(name => name.Plain != half)))
        {
            problems.Add(PeftFolder.Prefix + missing, $"'{PeftFolder.Prefix + missing}' is missing");
        }

        bool IsTargeted(string name) =>
            name.EndsWith(".weight", StringComparison.Ordinal) || LoraTargets.HasEmbedding(options, embedding);

        return new BaseChanges
        {
            Weights = Matrices(tensors, embedding, head, config.TieWordEmbeddings),
            Embedding = tensors.TryGetValue($"{embedding}.{LoraA}", out var a)
                && tensors.TryGetValue($"{embedding}.{LoraB}", out var b)
                ? new EmbeddingAdapter($"{embedding}.weight", a.Tensor, b.Tensor, options.ScalingOf(embedding))
                : null,
            Stored = [.. tensors.Values.Select(entry => (entry.Stored[PeftFolder.Prefix.Length..], entry.Tensor))],
            Problems = problems,
        };
    }

    /// <summary>The base's own name of a weight: PEFT wraps a layer that it adapts.</summary>
    private static string Plain(string name) =>
        name[PeftFolder.Prefix.Length..].Replace(".base_layer.", ".", StringComparison.Ordinal);

    private static bool IsTrainedInFull(LoraOptions options, string name) =>
        options.TrainsInFull(name[..name.LastIndexOf('.')]);

    /// <summary>A head that is tied is the embedding; PEFT puts the head's matrix in last.</summary>
    private static Dictionary<string, Tensor> Matrices(
        Dictionary<string, (string Stored, Tensor Tensor)> tensors, string embedding, string head, bool isTied)
    {
        var matrices = new Dictionary<string, Tensor>();
        foreach (var module in new[] { embedding, head })
        {
            if (tensors.TryGetValue($"{module}.weight", out var entry))
            {
                matrices[$"{(isTied ? embedding : module)}.weight"] = entry.Tensor;
            }
        }

        return matrices;
    }

    private static string Misfit(string name, IReadOnlyList<long> shape, long[] wanted) =>
        name.EndsWith(".weight", StringComparison.Ordinal) && shape.Count == 2 && shape[1] == wanted[1]
            ? $"'{name}' has {shape[0]} rows and the base {wanted[0]}: tokens were added for the training; use a base "
                + "that was resized and saved with as many (resize_token_embeddings in Transformers)"
            : $"'{name}' has shape [{string.Join(", ", shape)}]; expected [{string.Join(", ", wanted)}]";
}
