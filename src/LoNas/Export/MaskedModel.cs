using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Models;
using LoNas.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Export;

/// <summary>
/// A base model with its adapter and the sizes that a sub-adapter leaves, as it is read to be written. The base is
/// mapped, each tensor in its own type: it takes the memory of the adapter alone.
/// </summary>
internal sealed class MaskedModel : IDisposable
{
    private readonly ElasticModel _stored;
    private readonly bool _isOwn;

    private MaskedModel(ElasticModel stored, bool isOwn, SubAdapter? subAdapter)
    {
        (_stored, _isOwn, SubAdapter) = (stored, isOwn, subAdapter);
        Shapes = subAdapter is null ? stored.Adapter.Shapes : stored.Space!.ActiveShapes(subAdapter);
    }

    public ModelFolder Folder => _stored.Folder;

    /// <summary>What the base is called in what is written.</summary>
    public string Name => _stored.Name;

    public SuperAdapter Adapter => _stored.Adapter;

    /// <summary>Names of a classifier's labels; null where config.json's hold.</summary>
    public IReadOnlyList<string>? LabelNames => _stored.LabelNames;

    /// <summary>What can be cut; null where nothing can.</summary>
    public NncfConfiguration? Configuration => _stored.Configuration;

    /// <summary>Tokens of a sample in the cost model.</summary>
    public int SampleTokens => _stored.SampleTokens;

    /// <summary>The chosen sub-adapter; null where nothing is cut.</summary>
    public SubAdapter? SubAdapter { get; }

    /// <summary>The active size of every linear.</summary>
    public IReadOnlyDictionary<string, LinearShape> Shapes { get; }

    /// <summary>Elements of the uncut base.</summary>
    public long BaseElements =>
        Parameters.Where(entry => !IsAdapters(entry.Name)).Sum(entry => entry.Parameter.numel());

    /// <summary>Bytes of the uncut adapter, which stays in the type it is trained in.</summary>
    public long AdapterBytes => Parameters.Where(entry => IsAdapters(entry.Name))
        .Sum(entry => entry.Parameter.numel() * entry.Parameter.element_size());

    /// <summary>Whether a width of the base is cut; ranks are not the base's.</summary>
    public bool CutsBase => Shapes.Any(entry =>
        Adapter.Layers[entry.Key].Full is var full && (full.In != entry.Value.In || full.Out != entry.Value.Out));

    /// <summary>The parameters under the checkpoint's names, adapters among them.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> Parameters => _stored.Parameters;

    /// <summary>The masked model of an opened one with a sub-adapter; null cuts nothing.</summary>
    /// <exception cref="ArgumentException">Nothing can be cut, or the widths are not those of the search
    /// space.</exception>
    /// <exception cref="InvalidDataException">The adapter can't be part of one model with its base.</exception>
    public static MaskedModel Of(ElasticModel model, SubAdapter? subAdapter)
    {
        if (subAdapter is not null && model.Space is null)
        {
            throw new ArgumentException(
                "A sub-adapter is given, and there is no configuration that says what can be cut");
        }

        MaskedModelCheck.RequireOneEmbedding(model.Adapter, model.Folder);
        bool isStored = model.Use == ModelUse.Stored;
        return new MaskedModel(isStored ? model : model.AsStored(), !isStored, subAdapter);
    }

    /// <summary>
    /// The logits of a prompt in float32, whatever the checkpoint stores, each linear widened only while it works:
    /// [1, T, vocabulary], or [1, labels] of a classifier.
    /// </summary>
    /// <param name="ids">The prompt.</param>
    /// <param name="cancel">Stops between two linears.</param>
    public Tensor Logits(IReadOnlyList<int> ids, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        using var evaluation = no_grad();
        using var adapter = new SuperAdapter(Adapter.Options, new SeededRandom(0))
        {
            Cancel = cancel,
            Changes = Adapter.Changes,
        };
        using var model = Folder.BuildWide(adapter.Linears);
        adapter.CopyFrom(Adapter);
        adapter.Activate(SubAdapter);
        var input = tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0); // [1, T]
        var logits = model is ISequenceClassifier classifier
            ? classifier.Classify(input)
            : ((ICausalModel)model).AllLogits(input);
        return logits.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        if (_isOwn)
        {
            _stored.Dispose();
        }
    }

    private static bool IsAdapters(string name) => name.EndsWith(".lora_A", StringComparison.Ordinal)
        || name.EndsWith(".lora_B", StringComparison.Ordinal);
}
