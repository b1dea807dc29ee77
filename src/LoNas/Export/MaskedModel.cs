using System.Globalization;
using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Export;

/// <summary>
/// A base model with its adapter and the sizes that a sub-adapter leaves. The base is mapped, each tensor in its own type:
/// opening it takes the memory of the adapter alone.
/// </summary>
internal sealed class MaskedModel : IDisposable
{
    private const string Heuristic = "heuristic";

    private readonly IDisposable _model;

    private MaskedModel(ModelFolder folder, IDisposable model, SuperAdapter adapter) =>
        (Folder, _model, Adapter) = (folder, model, adapter);

    public ModelFolder Folder { get; }

    /// <summary>What the base is called in what is written.</summary>
    public required string Name { get; init; }

    public SuperAdapter Adapter { get; }

    /// <summary>The chosen sub-adapter; null where nothing is cut.</summary>
    public SubAdapter? SubAdapter { get; private set; }

    /// <summary>The active size of every linear.</summary>
    public IReadOnlyDictionary<string, LinearShape> Shapes { get; private set; } = new Dictionary<string, LinearShape>();

    /// <summary>What can be cut; null where nothing can.</summary>
    public NncfConfiguration? Configuration { get; private set; }

    /// <summary>Elements of the uncut base.</summary>
    public long BaseElements => Parameters.Where(entry => !IsAdapters(entry.Name)).Sum(entry => entry.Parameter.numel());

    /// <summary>Bytes of the uncut adapter, which stays in the type it is trained in.</summary>
    public long AdapterBytes => Parameters.Where(entry => IsAdapters(entry.Name))
        .Sum(entry => entry.Parameter.numel() * entry.Parameter.element_size());

    /// <summary>Whether a width of the base is cut; ranks are not the base's.</summary>
    public bool CutsBase => Shapes.Any(entry =>
        Adapter.Layers[entry.Key].Full is var full && (full.In != entry.Value.In || full.Out != entry.Value.Out));

    /// <summary>The parameters under the checkpoint's names, adapters among them.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> Parameters => ((nn.Module)_model).named_parameters();

    /// <summary>Opens a masked model.</summary>
    /// <param name="source">What to open.</param>
    /// <param name="computes">
    /// Whether it shall compute in float32 whatever the checkpoint stores, each linear widened only while it works; else
    /// all parameters stay as they are stored, to be read.
    /// </param>
    /// <param name="cancel">Stops a model that computes between two linears.</param>
    /// <exception cref="InvalidDataException">Base, adapter, configuration and sub-adapter do not fit each other.</exception>
    public static MaskedModel Open(MaskedModelSource source, bool computes = false, CancellationToken cancel = default)
    {
        var folder = ModelFolder.Open(source.ModelPath);
        var lora = source.AdapterPath is { } path ? PeftFolder.LoadOptions(path) : null;
        var adapter = new SuperAdapter(lora, new SeededRandom(0)) { Cancel = cancel };
        var built = computes ? folder.BuildWide(adapter.Linears) : folder.BuildAsStored(adapter.Linears);
        var model = new MaskedModel(folder, built, adapter) { Name = source.Name ?? source.ModelPath };
        try
        {
            model.Cut(source);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The logits of a prompt in float32: [1, T, vocabulary], or [1, labels] of a classifier.</summary>
    public Tensor Logits(IReadOnlyList<int> ids)
    {
        using var scope = NewDisposeScope();
        using var evaluation = no_grad();
        using var active = Adapter.Use(SubAdapter);
        var input = tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0); // [1, T]
        var logits = _model is ISequenceClassifier classifier
            ? classifier.Classify(input)
            : ((ICausalModel)_model).AllLogits(input);
        return logits.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _model.Dispose();
        Adapter.Dispose();
    }

    private void Cut(MaskedModelSource source)
    {
        MaskedModelCheck.Require(Adapter, Folder);
        Configuration = source.Configuration;
        var full = Adapter.Shapes;
        if (source.Configuration is { } configuration)
        {
            Adapter.Attach(configuration.Bind(full, (int)Folder.Config.HeadSize));
        }

        if (source.AdapterPath is { } path)
        {
            PeftFolder.LoadWeights(path, Adapter);
        }

        if (Adapter.Space is null && (source.SubAdapter is not null || source.IsLimited))
        {
            throw new ArgumentException(
                "A sub-adapter needs the configuration that says what can be cut; give --nncf_config, or leave --sub_adapter, "
                + "--max_macs and --min_accuracy out");
        }

        SubAdapter = Adapter.Space is { } space ? Choose(space, source) : null;
        Shapes = SubAdapter is null ? full : Adapter.Space!.ActiveShapes(SubAdapter);
    }

    private static bool IsAdapters(string name) => name.EndsWith(".lora_A", StringComparison.Ordinal)
        || name.EndsWith(".lora_B", StringComparison.Ordinal);

    /// <summary>A name, a file, an entry of a front, such as <c>pareto_front.json#3</c>, or what is within the limits.</summary>
    private static SubAdapter Choose(SearchSpace space, MaskedModelSource source)
    {
        if (source.IsLimited)
        {
            var front = source.SubAdapter ?? Path.Combine(source.AdapterPath ?? ".", FrontFile.Name);
            return FrontFile.Load(front, space).Within(source.MaxMacs, source.MinAccuracy).SubAdapter;
        }

        var name = source.SubAdapter ?? Heuristic;
        int sign = name.LastIndexOf('#');
        if (sign > 0 && int.TryParse(name.AsSpan(sign + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            return FrontFile.Load(name[..sign], space).At(index).SubAdapter;
        }

        FrontFile.RequireNone(name);
        return space.Named(name);
    }
}
