using System.Text.Json;
using LoNas.Errors;
using LoNas.Runtime;
using LoNas.Storage;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Models;

/// <summary>A Hugging Face model folder: its configuration, and the model built on its mapped weights.</summary>
public sealed class ModelFolder
{
    private const string ConfigFile = "config.json";

    private readonly ModelDescription _description;

    private ModelFolder(string path, ModelDescription description, ScalarType checkpointType)
    {
        Path = path;
        _description = description;
        CheckpointType = checkpointType;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The model's shape.</summary>
    public ModelConfig Config => _description.Layout.Config;

    /// <summary>Whether it is a classifier, and else a language model.</summary>
    public bool IsClassifier => _description.Classifier is not null;

    /// <summary>Scores of a classifier, 1 for a number to be regressed; 0 of a language model.</summary>
    public int LabelCount => IsClassifier ? (int)Head.Out : 0;

    /// <summary>
    /// Whether the checkpoint has the head of a classifier with so many labels; without it a head starts anew.
    /// </summary>
    public bool HasHead => StoredLabels == LabelCount;

    /// <summary>What config.json says that the labels are; null where it leaves that to their number.</summary>
    internal string? ProblemType => _description.ProblemType;

    /// <summary>The linear layer that gives the scores.</summary>
    internal LinearSize Head => _description.Layout.Linears[^1];

    /// <summary>Labels of the head in the checkpoint; null where it has none.</summary>
    internal long? StoredLabels { get; private init; }

    /// <summary>
    /// What config.json calls the labels, in the order of their ids; null where it numbers them only, as by default.
    /// </summary>
    internal IReadOnlyList<string>? LabelNames { get; private init; }

    /// <summary>Whether a head in the checkpoint may be of another number of labels, and then starts anew.</summary>
    private bool IsRelabelled { get; init; }

    /// <summary>What is known of the model's family.</summary>
    internal ModelFamily Family => ModelFamilies.Of(Config);

    /// <summary>The element type that the checkpoint stores; the narrowest one of several.</summary>
    public ScalarType CheckpointType { get; }

    /// <summary>What the user should know of the weights: what of them is left out.</summary>
    internal IReadOnlyList<string> Notices { get; private init; } = [];

    /// <summary>
    /// The tokens that end a sequence, as Transformers finds them: those of generation_config.json, else of
    /// config.json; empty where neither names any.
    /// </summary>
    public required IReadOnlyList<int> EosIds { get; init; }

    /// <summary>Reads and checks a folder's configuration and the headers of its weights.</summary>
    /// <exception cref="InvalidDataException">The folder, a file or a key is missing or unusable.</exception>
    public static ModelFolder Open(string path)
    {
        FolderGuide.RequireModel(path);
        var file = System.IO.Path.Combine(path, ConfigFile);
        var origin = $"model configuration '{file}'";
        var json = JsonInput.Load(file, "model configuration").RequireObject(origin);
        var description = ModelFamilies.Read(json, origin);
        using var weights = WeightFolder.Open(path);
        RequireMerged(path, weights.Names);
        var types = weights.Names.Select(weights.TypeOf).ToArray();
        var narrowest = types.Contains(ScalarType.Float32) && !types.Contains(ScalarType.BFloat16)
            && !types.Contains(ScalarType.Float16) ? ScalarType.Float32
            : types.Contains(ScalarType.BFloat16) ? ScalarType.BFloat16
            : types.Contains(ScalarType.Float16) ? ScalarType.Float16
            : ScalarType.Float32;
        return new ModelFolder(path, description, narrowest)
        {
            EosIds = EndTokens.Read(path, json, origin),
            Notices = [.. description.Notices, .. LeftOut(path, weights.Names, description)],
            StoredLabels = description.Classifier is not null
                && weights.Find($"{description.Layout.Linears[^1].Path}.weight") is { } head
                && weights.ShapeOf(head) is [var labels, ..] ? labels : null,
            LabelNames = description.Classifier is null ? null : NamesOf(json),
        };
    }

    /// <summary>
    /// The same classifier for another number of labels; the checkpoint's head may then be of another task.
    /// </summary>
    /// <exception cref="InvalidDataException">It is a language model, or always has as many labels.</exception>
    internal ModelFolder WithLabels(int labels) => labels == LabelCount ? this
        : _description.WithLabels is { } relabel
            ? new ModelFolder(Path, relabel(labels), CheckpointType)
            {
                EosIds = EosIds,
                Notices = Notices,
                StoredLabels = StoredLabels,
                IsRelabelled = true,
            }
            : throw (IsClassifier
                ? new InvalidDataException(
                    $"The model '{Path}' is a {Config.ModelType} with {LabelCount} labels; {labels} were asked for")
                : NotClassifier());

    /// <summary>Checks that a text has one label, or one number, which is all that is trained.</summary>
    /// <exception cref="InvalidDataException">The problem_type of config.json says otherwise.</exception>
    internal void RequireOneTarget()
    {
        var reason = (ProblemType, LabelCount) switch
        {
            (ProblemTypes.MultiLabel, _) => "a text may then have several labels, which is not trained here",
            (ProblemTypes.Regression, > 1) => $"with {LabelCount} scores; one number is what is trained here",
            (ProblemTypes.SingleLabel, 1) => "with a single label there is nothing to tell apart",
            _ => null,
        };
        if (reason is not null)
        {
            throw new InvalidDataException(
                $"config.json of '{Path}' has the problem_type {ProblemType}: {reason}; correct it there, or take it "
                + "out: one score is then regressed, and of several one is the label");
        }
    }

    /// <summary>
    /// Builds the language model, in evaluation mode; <paramref name="linears"/> makes its linear layers.
    /// </summary>
    /// <param name="dtype">Element type of the base; weights stored in it are mapped, others converted.</param>
    /// <param name="linears">Given the weights and the sizes, the factory of linear layers.</param>
    /// <param name="device">Where it computes; null: on the CPU.</param>
    /// <exception cref="InvalidDataException">
    /// Weights are missing or have other shapes, all of which are named; or the model is no language model.
    /// </exception>
    /// <exception cref="NativeLibraryException">libtorch is not loaded yet and can't be.</exception>
    public ICausalModel Build(
        ScalarType dtype, Func<WeightMap, LinearLayout, LinearFactory> linears, Device? device = null) =>
        _description.Causal is { } build
            ? Build(new Weights(dtype, Device: device), linears, _description.Layout, build)
            : throw NotLanguageModel();

    /// <summary>The error of a classifier where a language model is needed.</summary>
    internal InvalidDataException NotLanguageModel() => new InvalidDataException(
        $"The model '{Path}' is a {Config.ModelType} classifier; expected a language model such as llama or bloom, "
        + "which writes text").About(Setting.TextModel);

    /// <summary>The error of a language model where a classifier is needed.</summary>
    internal InvalidDataException NotClassifier() => new(
        $"The model '{Path}' is a {Config.ModelType} language model; expected a classifier such as bert");

    /// <summary>
    /// Builds the classifier, in evaluation mode; <paramref name="linears"/> makes its linear layers.
    /// </summary>
    /// <param name="dtype">Element type of the base; weights stored in it are mapped, others converted.</param>
    /// <param name="linears">Given the weights and the sizes, the factory of linear layers.</param>
    /// <param name="labels">Classes, 1 for regression; null takes the configuration's number.</param>
    /// <param name="device">Where it computes; null for the CPU.</param>
    /// <exception cref="InvalidDataException">
    /// Weights are missing or have other shapes, all of which are named; or the model is no classifier.
    /// </exception>
    /// <exception cref="NativeLibraryException">libtorch is not loaded yet and can't be.</exception>
    public ISequenceClassifier BuildClassifier(
        ScalarType dtype,
        Func<WeightMap, LinearLayout, LinearFactory> linears,
        int? labels = null,
        Device? device = null)
    {
        var folder = labels is { } count ? WithLabels(count) : this;
        return folder._description.Classifier is { } build
            ? folder.Build(new Weights(dtype, Device: device), linears, folder._description.Layout, build)
            : throw NotClassifier();
    }

    /// <summary>
    /// Builds the model with every parameter mapped in the type it is stored in: to be read, since a model of several
    /// types does not compute.
    /// </summary>
    internal IDisposable BuildAsStored(Func<WeightMap, LinearLayout, LinearFactory> linears) =>
        BuildEither(new Weights(CheckpointType, KeepsStored: true), linears);

    /// <summary>
    /// Builds the model to compute in float32 whatever the checkpoint stores: the matrices of its linear layers stay
    /// mapped and are widened while they work, so that a large half-precision model is checked without a wider copy of
    /// it.
    /// </summary>
    internal IDisposable BuildWide(Func<WeightMap, LinearLayout, LinearFactory> linears) =>
        BuildEither(new Weights(ScalarType.Float32, WidensLinears: true), linears);

    private static IReadOnlyList<string>? NamesOf(JsonElement json)
    {
        if (!json.TryGetProperty("id2label", out var names) || names.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var byId = names.EnumerateObject().Where(entry => entry.Value.ValueKind == JsonValueKind.String)
            .ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!);
        string?[] ordered = [.. Enumerable.Range(0, byId.Count).Select(id => byId.GetValueOrDefault($"{id}"))];
        bool isNumbered = ordered.Index().All(label => label.Item == $"LABEL_{label.Index}");
        return isNumbered || ordered.Contains(null) ? null : [.. ordered.OfType<string>()];
    }

    /// <summary>An adapter that was saved with its base would be left out, and nobody would notice.</summary>
    private static void RequireMerged(string path, IEnumerable<string> names)
    {
        if (names.FirstOrDefault(name => name.Contains(".lora_", StringComparison.Ordinal)) is { } found)
        {
            throw new InvalidDataException(
                $"The weights in '{path}' hold an adapter that is not merged, such as '{Excerpt.Of(found)}'; merge it "
                + "with the program that trained it, or save base and adapter in folders of their own");
        }
    }

    /// <summary>Weights that the model takes no notice of, though they are of its layers or of more of them.</summary>
    private static IEnumerable<string> LeftOut(
        string path, IReadOnlyCollection<string> all, ModelDescription description)
    {
        var layout = description.Layout;
        var others = all.ToLookup(name => description.OtherParts.FirstOrDefault(part =>
            $".{name}".Contains($".{part}.", StringComparison.Ordinal)) ?? "");
        string[] names = [.. others[""]];
        if (names.Length < all.Count)
        {
            var parts = description.OtherParts.Where(part => others[part].Any());
            yield return $"The weights in '{path}' have {all.Count - names.Length} tensors of "
                + $"{string.Join(" and ", parts)}, which read no text: they are left out, and the model reads text "
                + "alone";
        }

        if (NameHint.LastLayer(names) is { } last && last >= layout.Config.LayerCount)
        {
            yield return $"The weights in '{path}' have layers 0 to {last}, and config.json makes "
                + $"{layout.Config.LayerCount} layers: the others are left out";
        }

        var linears = layout.Linears.ToDictionary(linear => linear.Path, linear => linear.Bias);
        string[] unknown =
        [
            .. names.Where(name => name.LastIndexOf('.') is > 0 and var dot
                && linears.TryGetValue(name[..dot], out bool hasBias)
                && !(name[dot..] is ".weight" || (name[dot..] is ".bias" && hasBias))),
        ];
        if (unknown.Length > 0)
        {
            yield return $"The weights in '{path}' have {unknown.Length} tensors of linear layers that config.json "
                + $"gives no place, such as '{Excerpt.Of(unknown[0])}': they are left out, so the results may not be "
                + "those of the checkpoint";
        }
    }

    /// <summary>
    /// Families differ in norms more than in anything else: a norm of a layer that the model has no place for is of
    /// another family, whose numbers these are not.
    /// </summary>
    private void RequireNoOtherNorms(IEnumerable<string> unused)
    {
        var list = Family.BlockPath[(Family.BlockPath.LastIndexOf('.') + 1)..];
        var found = unused.FirstOrDefault(name => IsNormOfALayer(name.Split('.')));
        if (found is not null)
        {
            throw new InvalidDataException(
                $"The weights in '{Path}' have '{Excerpt.Of(found)}', for which a {Family.ModelType} has no place: "
                + "they are of another model_type than config.json says; use files that belong together");
        }

        bool IsNormOfALayer(string[] parts)
        {
            int at = Array.IndexOf(parts, list);
            return at >= 0 && at + 2 < parts.Length && int.TryParse(parts[at + 1], out int layer)
                && layer < Config.LayerCount && !parts.Any(_description.OtherParts.Contains)
                && parts.Skip(at + 2).Any(part => part.Contains("norm", StringComparison.OrdinalIgnoreCase)
                    || part == "sinks");
        }
    }

    private IDisposable BuildEither(Weights kind, Func<WeightMap, LinearLayout, LinearFactory> linears) =>
        _description.Causal is { } build
            ? Build(kind, linears, _description.Layout, build)
            : Build(kind, linears, _description.Layout, _description.Classifier!);

    private TModel Build<TModel>(
        Weights kind,
        Func<WeightMap, LinearLayout, LinearFactory> linears,
        LinearLayout layout,
        Func<WeightMap, LinearFactory, TModel> build)
        where TModel : class, IDisposable
    {
        TorchRuntime.Require();
        using var weights = WeightFolder.Open(Path);
        var map = new WeightMap(weights, kind.DType, kind.Device)
        {
            KeepsStored = kind.KeepsStored,
            WidensLinears = kind.WidensLinears,
            OtherHead = IsRelabelled ? $"{Head.Path}." : null,
            Tied = Config.TieWordEmbeddings
                ? ($"{Family.EmbeddingPath}.weight", $"{Family.HeadPath}.weight")
                : null,
        };
        var model = build(map, linears(map, layout));
        try
        {
            map.ThrowIfMismatched();
            RequireNoOtherNorms(map.Unused);
        }
        catch
        {
            model.Dispose();
            throw;
        }

        if (kind.Device?.type == TorchSharp.DeviceType.CUDA)
        {
            DeviceMemory.Room(kind.Device); // noted before work takes any
        }

        ((nn.Module)(object)model).eval();
        return model;
    }

    /// <summary>In which type and where weights are handed out.</summary>
    private sealed record Weights(
        ScalarType DType, Device? Device = null, bool KeepsStored = false, bool WidensLinears = false);
}
