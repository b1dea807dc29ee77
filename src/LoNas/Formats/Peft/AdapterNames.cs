using System.Text.RegularExpressions;
using LoNas.Storage;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Formats.Peft;

/// <summary>
/// An adapter's file under the names that PEFT writes, whatever else stands in them: what training tools wrap around
/// them, the adapter's own name as in a state dict, and one start too many or too few.
/// </summary>
internal sealed partial class AdapterNames : IWeightFile
{
    private readonly IWeightFile _file;
    private readonly Dictionary<string, string> _stored = [];

    /// <param name="path">The file's name, for messages.</param>
    /// <param name="file">The file, which this one disposes.</param>
    /// <param name="wanted">PEFT's names of what the adapter has.</param>
    /// <exception cref="InvalidDataException">The file holds no adapter, or several.</exception>
    public AdapterNames(string path, IWeightFile file, IReadOnlyCollection<string> wanted)
    {
        _file = file;
        if (file.Names.Count == 0)
        {
            file.Dispose();
            throw new InvalidDataException(
                $"The adapter '{path}' holds no tensors: the training saved nothing. Train again, and see that the "
                + "file grows");
        }

        foreach (var name in file.Names.Where(name => !name.Contains(".original_module.")))
        {
            Add(path, Plain(name), name);
        }

        if (!wanted.All(_stored.ContainsKey))
        {
            Rename(path, wanted);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => _stored.Keys;

    /// <summary>What the names of a file say that does not fit.</summary>
    public static string Hint(IReadOnlyCollection<string> names, IReadOnlyCollection<string> wanted)
    {
        bool hasA = names.Any(name => IsHalf(name, 'A'));
        bool hasB = names.Any(name => IsHalf(name, 'B'));
        var reason = hasA && hasB ? null
            : hasA || hasB ? $"all of its 'lora_' names are lora_{(hasA ? 'A' : 'B')}: half of the adapter was saved"
            : "without any 'lora_' name it is no adapter: a model that was trained in full is given as the model";
        return NameHint.Of(names, wanted, reason);
    }

    /// <inheritdoc/>
    public IReadOnlyList<long> ShapeOf(string name) => _file.ShapeOf(_stored[name]);

    /// <inheritdoc/>
    public ScalarType TypeOf(string name) => _file.TypeOf(_stored[name]);

    /// <inheritdoc/>
    public Tensor Load(string name) => _file.Load(_stored[name]);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static bool IsHalf(string name, char half) =>
        name.Contains($".lora_{half}") || name.Contains($".lora_embedding_{half}");

    private static string Plain(string name) => InFull().Replace(
        EmbeddingName().Replace(AdapterName().Replace(WrappedNames.Unwrapped(name), "$1.weight"), "$1"), ".");

    private void Add(string path, string plain, string name)
    {
        if (!_stored.TryAdd(plain, name))
        {
            _file.Dispose();
            throw new InvalidDataException(
                $"The adapter '{path}' holds several, such as '{Excerpt.Of(_stored[plain])}' and "
                + $"'{Excerpt.Of(name)}'; save the one that is meant by itself");
        }
    }

    /// <summary>
    /// Adds or drops what all names begin with, where one of the two is the other with more in front. What only
    /// resembles it, such as another layer, is left as it is, and so named as wrong.
    /// </summary>
    private void Rename(string path, IReadOnlyCollection<string> wanted)
    {
        var stored = _stored.Keys.ToDictionary(name => name, name => WithoutPrefix(name).Split('.'));
        var needed = wanted.ToDictionary(name => name, name => WithoutPrefix(name).Split('.'));
        if (stored.Count < 2 || needed.Count < 2)
        {
            return;
        }

        var here = stored.Values.First()[..WrappedNames.CommonStart([.. stored.Values])];
        var there = needed.Values.First()[..WrappedNames.CommonStart([.. needed.Values])];
        var (shorter, longer) = here.Length < there.Length ? (here, there) : (there, here);
        if (!longer.AsSpan(longer.Length - shorter.Length).SequenceEqual(shorter))
        {
            return;
        }

        var byRest = needed.ToDictionary(
            entry => string.Join('.', entry.Value[there.Length..]), entry => entry.Key);
        var renamed = stored.Select(entry => (
            Name: byRest.GetValueOrDefault(string.Join('.', entry.Value[here.Length..]), entry.Key),
            Own: _stored[entry.Key])).ToArray();
        _stored.Clear();
        foreach (var (name, own) in renamed)
        {
            Add(path, name, own);
        }
    }

    private static string WithoutPrefix(string name) =>
        name.StartsWith(PeftFolder.Prefix, StringComparison.Ordinal) ? name[PeftFolder.Prefix.Length..] : name;

    [GeneratedRegex(@"(\.lora_[AB])\.[^.]+\.weight$")]
    private static partial Regex AdapterName();

    // PEFT holds these as parameters, not as modules with a weight.
    [GeneratedRegex(@"(\.lora_embedding_[AB])\.[^.]+(?:\.weight)?$")]
    private static partial Regex EmbeddingName();

    [GeneratedRegex(@"\.modules_to_save\.(?:[^.]+\.(?=weight$|bias$))?")]
    private static partial Regex InFull();
}
