using System.Globalization;
using System.Text.RegularExpressions;
using LoNas.Storage;

namespace LoNas.Weights;

/// <summary>What the names in a file of weights say about it, where they are not those that are needed.</summary>
internal static partial class NameHint
{
    private const int MostShown = 4;

    private static readonly (string[] Parts, string Reason)[] Rows =
    [
        (["lora_A", "lora_B", "lora_embedding_A"],
            "names with 'lora_' are an adapter's: give its folder as the adapter, and its base as the model"),
        (["tok_embeddings", "attention.wq"],
            "these are the names of Meta's own files: convert them with Transformers' convert_llama_weights_to_hf.py"),
        (["qweight", "qzeros", "absmax", "SCB", "weight_packed"],
            "names with these parts are of quantised weights: get the checkpoint that is not quantised"),
        (["transformer_layer", "language_model.encoder"],
            "these are Megatron's names: convert them to Transformers' first"),
        (["blk.", "token_embd"], "these are llama.cpp's names: get the checkpoint that it was converted from"),
        (["exp_avg", "state."], "these are an optimiser's names: give the file of the weights"),
    ];

    /// <summary>A few of the names in a model's files, and what they likely are.</summary>
    /// <param name="names">The names in the files.</param>
    /// <param name="wanted">Those that are needed.</param>
    public static string OfModel(IReadOnlyCollection<string> names, IReadOnlyCollection<string> wanted) => Of(
        names, wanted,
        Rows.Where(row => row.Parts.Any(part => names.Any(name => name.Contains(part)))).Select(row => row.Reason));

    /// <summary>A few of the names in a file, with reasons that were found for them.</summary>
    public static string Of(
        IReadOnlyCollection<string> names, IReadOnlyCollection<string> wanted, params IEnumerable<string?> reasons)
    {
        if (names.Count == 0)
        {
            return "it holds no tensors: what saved it saved nothing";
        }

        var strange = names.Where(name => !wanted.Contains(name)).ToArray();
        var shown = strange.Take(MostShown).Select(name => $"'{Excerpt.Of(name)}'");
        var more = strange.Length > MostShown ? $" and {strange.Length - MostShown} more" : "";
        var held = strange.Length == 0 ? $"{names.Count} tensors, all of them wanted" : string.Join(", ", shown) + more;
        var why = reasons.Append(Layers(names, wanted)).Append(Start(strange)).OfType<string>();
        return $"it holds {held}{string.Concat(why.Select(reason => $"; {reason}"))}";
    }

    /// <summary>The last layer that names speak of; null where none does.</summary>
    public static int? LastLayer(IEnumerable<string> names) => names
        .Select(name => LayerNumber().Match(name)).Where(match => match.Success)
        .Select(match => (int?)int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).Max();

    private static string? Layers(IEnumerable<string> names, IEnumerable<string> wanted) =>
        (LastLayer(names), LastLayer(wanted)) is ({ } has, { } needs) && has != needs
            ? $"its layers are 0 to {has}, the model's 0 to {needs}"
            : null;

    private static string? Start(string[] strange)
    {
        var parts = strange.Select(name => name.Split('.')).ToArray();
        int common = strange.Length < 2 ? 0 : WrappedNames.CommonStart(parts);
        return common == 0 ? null : $"these begin with '{string.Join('.', parts[0][..common])}.'";
    }

    [GeneratedRegex(@"(?:layers?|h)\.(\d{1,6})\.")]
    private static partial Regex LayerNumber();
}
