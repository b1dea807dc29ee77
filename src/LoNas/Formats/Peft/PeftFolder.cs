using LoNas.Elastic;
using LoNas.Models;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Formats.Peft;

/// <summary>
/// A super-adapter at full rank as a PEFT folder: adapter_config.json and adapter_model.safetensors or .bin, which PEFT
/// itself can load. The keys are <c>base_model.model.{path}.lora_A.weight</c>.
/// </summary>
public static class PeftFolder
{
    /// <summary>The file name of the weights.</summary>
    public const string WeightsFile = "adapter_model.safetensors";

    /// <summary>The file name of the weights in PyTorch's own format, the default of PEFT before version 0.7.</summary>
    public const string TorchWeightsFile = "adapter_model.bin";

    internal const string Prefix = "base_model.model.";

    /// <summary>Reads the options of an adapter folder.</summary>
    /// <exception cref="InvalidDataException">The folder has no LoRA adapter, or one that is not supported.</exception>
    public static LoraOptions LoadOptions(string folder)
    {
        var options = PeftConfig.Load(folder);
        return options.InFull.Any() && HasWeights(folder)
            ? options with { AdaptsModulesInFull = AdaptsModulesInFull(folder, options) }
            : options;
    }

    /// <summary>
    /// Only the file says whether it is of a PEFT that gave layers within modules that are trained in full an adapter.
    /// </summary>
    private static bool AdaptsModulesInFull(string folder, LoraOptions options)
    {
        using var file = OpenWeights(folder, out _);
        return file.Names.Any(name => name.StartsWith(Prefix, StringComparison.Ordinal)
            && name.IndexOf(".lora_A", StringComparison.Ordinal) is > 0 and var end
            && LoraTargets.IsInFull(options, name[Prefix.Length..end]));
    }

    private static bool HasWeights(string folder) =>
        File.Exists(Path.Combine(folder, WeightsFile)) || File.Exists(Path.Combine(folder, TorchWeightsFile));

    /// <summary>
    /// Labels of the classifier in an adapter's file, where they are trained in full; null where it has none.
    /// </summary>
    /// <param name="folder">The adapter's folder.</param>
    /// <param name="head">The layer that gives the scores.</param>
    internal static int? LabelsOf(string folder, LinearSize head)
    {
        using var file = OpenWeights(folder, out _);
        var name = file.Names.FirstOrDefault(name => name == $"{head.Path}.weight"
            || name.EndsWith($".{head.Path}.weight", StringComparison.Ordinal));
        // What has another width, or none, is another model's: it is told when the rest is.
        return name is not null && file.ShapeOf(name) is [var labels and > 0, var width] && width == head.In
            ? (int)labels
            : null;
    }

    /// <summary>Writes an adapter's weights, then its configuration, each atomically.</summary>
    /// <param name="folder">The folder; created if it is missing.</param>
    /// <param name="adapter">The adapter.</param>
    /// <param name="baseModel">The name or folder of the base model, for the configuration.</param>
    /// <param name="safetensors">
    /// False writes <see cref="TorchWeightsFile"/>, for tools that can't read safetensors.
    /// </param>
    public static void Save(string folder, SuperAdapter adapter, string baseModel, bool safetensors = true)
    {
        using var scope = NewDisposeScope();
        var (file, other) = safetensors ? (WeightsFile, TorchWeightsFile) : (TorchWeightsFile, WeightsFile);
        Action<string, IReadOnlyList<(string, Tensor)>> save =
            safetensors ? SafetensorsWriter.Save : TorchFileWriter.Save;
        save(
            Path.Combine(folder, file),
            [.. adapter.ChannelOrder.Original(adapter).Concat(adapter.Changes.Stored)
                .Select(named => (Prefix + named.Name, named.Tensor))]);
        // Weights of an earlier run in the other format would be mistaken for these.
        File.Delete(Path.Combine(folder, other));
        adapter.ChannelOrder.Save(folder);
        PeftConfig.Save(folder, Portable(adapter.Options!, adapter), baseModel);
    }

    /// <summary>
    /// The options as every version of PEFT reads them: it knows all-linear since 0.8 and excludes modules since 0.14,
    /// and a pattern may match modules that it adapts or refuses and that have no adapter here.
    /// </summary>
    internal static LoraOptions Portable(LoraOptions options, SuperAdapter adapter) =>
        options.Named([.. adapter.Layers.Keys, .. Embedding(adapter)]);

    /// <summary>The path of the embedding, where it has an adapter.</summary>
    private static IEnumerable<string> Embedding(SuperAdapter adapter) =>
        adapter.Changes.Embedding is { Name: var name } ? [name[..name.LastIndexOf('.')]] : [];

    /// <summary>Copies the weights of a folder into an adapter that was built with the options of the folder.</summary>
    /// <exception cref="InvalidDataException">
    /// Weights are missing, unknown or of another shape; the message lists them.
    /// </exception>
    public static void LoadWeights(string folder, SuperAdapter adapter)
    {
        var wanted = adapter.Parameters.ToDictionary(named => Prefix + named.Name, named => named.Parameter);
        using var file = OpenWeights(folder, out var path, wanted.Keys);
        var known = adapter.Changes.Stored.Select(entry => Prefix + entry.Name).Concat(adapter.Changes.Problems.Keys)
            .ToHashSet();
        var problems = wanted.Where(entry => !file.Names.Contains(entry.Key))
            .Select(entry => $"'{entry.Key}' is missing")
            .Concat(file.Names.Where(name => !wanted.ContainsKey(name) && !known.Contains(name))
                .Select(name => $"'{name}' {NoPlace(name, adapter)}"))
            .Concat(adapter.Changes.Problems.Values)
            .Concat(wanted.Where(entry => file.Names.Contains(entry.Key)
                && !file.ShapeOf(entry.Key).SequenceEqual(entry.Value.shape))
                .Select(entry => $"'{entry.Key}' has shape [{string.Join(", ", file.ShapeOf(entry.Key))}]; expected "
                    + $"[{string.Join(", ", entry.Value.shape)}]")).ToArray();
        if (problems.Length > 0)
        {
            throw new InvalidDataException(
                $"The adapter '{path}' does not fit the base model ({problems.Length} problems); use the model it was "
                + $"trained on:\n  {string.Join("\n  ", problems.Take(12))}\n  "
                + AdapterNames.Hint(file.Names, wanted.Keys));
        }

        FiniteNumbers.Require(
            path, file.Names.Where(name => wanted.ContainsKey(name) || known.Contains(name)), file.Load);
        using var frozen = no_grad();
        foreach (var (name, parameter) in wanted)
        {
            using var stored = file.Load(name);
            parameter.copy_(stored);
        }

        ChannelOrder.Restore(folder, adapter, AdapterManifest.NamesChannelOrder(folder));
    }

    /// <summary>Opens the weights of a folder, in whichever format and under whichever names they are.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="path">The file in it.</param>
    /// <param name="wanted">PEFT's names of what the adapter has, as far as they are known.</param>
    internal static AdapterNames OpenWeights(
        string folder, out string path, IReadOnlyCollection<string>? wanted = null)
    {
        var torchFile = Path.Combine(folder, TorchWeightsFile);
        bool isTorch = !File.Exists(Path.Combine(folder, WeightsFile)) && File.Exists(torchFile);
        path = isTorch ? torchFile : Path.Combine(folder, WeightsFile);
        return new AdapterNames(path, isTorch ? TorchFile.Open(path) : SafetensorsFile.Open(path), wanted ?? []);
    }

    private static string NoPlace(string name, SuperAdapter adapter) =>
        name.StartsWith(Prefix, StringComparison.Ordinal)
            && name.IndexOf(".lora_", StringComparison.Ordinal) is > 0 and var end && end > Prefix.Length
            && ModelFamilies.IsHead(name[Prefix.Length..end]) && !adapter.Layers.ContainsKey(name[Prefix.Length..end])
            ? "is of a head of its own, and the model's is tied to its embedding; train without it"
            : "has no place in the model";
}
