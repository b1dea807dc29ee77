using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Opening;
using LoNas.Runtime;
using LoNas.Text;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas;

/// <summary>
/// A model opened with its adapter, its search space and a sub-adapter: what training, search, evaluation, generation,
/// extraction and export start from. It owns its tensors until it is disposed.
/// </summary>
public sealed class ElasticModel : IDisposable
{
    private readonly OpenedParts _parts;
    private readonly IDisposable _model;
    private bool _sharesChanges;

    private ElasticModel(OpenedParts parts, IDisposable model, SuperAdapter adapter) =>
        (_parts, _model, Adapter) = (parts, model, adapter);

    /// <summary>The folder of the base model.</summary>
    public ModelFolder Folder => _parts.Folder;

    /// <summary>The base model as it was asked for, such as a hub name: what written files call it.</summary>
    public string Name => _parts.Name;

    /// <summary>What it was opened for.</summary>
    public ModelUse Use => _parts.Use;

    /// <summary>The adapter of every layer; without options where the base was opened alone.</summary>
    public SuperAdapter Adapter { get; }

    /// <summary>The folder that the adapter was loaded from; null for a new one and without an adapter.</summary>
    public string? AdapterFolder => _parts.AdapterFolder;

    /// <summary>What can be cut; null for plain LoRA and base models.</summary>
    public SearchSpace? Space => Adapter.Space;

    /// <summary>The configuration that says what can be cut; null where nothing does.</summary>
    public NncfConfiguration? Configuration => _parts.Configuration;

    /// <summary>The file of <see cref="Configuration"/>; null where it was given as a value.</summary>
    public string? ConfigurationFile => _parts.ConfigurationFile;

    /// <summary>
    /// The sub-adapter asked for at opening, which is in force from the start; null where nothing is cut.
    /// </summary>
    public ChosenSubAdapter? Chosen { get; private set; }

    /// <summary>Element type of the base, also where only its shapes were opened.</summary>
    public ScalarType DType => _parts.DType;

    /// <summary>Where it computes, or would where only its shapes were opened.</summary>
    public Device Device => _parts.Device;

    /// <summary>The language model.</summary>
    /// <exception cref="InvalidDataException">It is a classifier.</exception>
    public ICausalModel Causal => _model as ICausalModel ?? throw Folder.NotLanguageModel();

    /// <summary>The classifier.</summary>
    /// <exception cref="InvalidDataException">It is a language model.</exception>
    public ISequenceClassifier Classifier => _model as ISequenceClassifier ?? throw Folder.NotClassifier();

    /// <summary>
    /// Names of a classifier's labels as they were given, or saved with its adapter; null where config.json's hold.
    /// </summary>
    public IReadOnlyList<string>? LabelNames => _parts.LabelNames;

    /// <summary>The tokenizer.</summary>
    /// <exception cref="InvalidOperationException">It was opened without one.</exception>
    public TextTokenizer Tokenizer =>
        _parts.Tokenizer ?? throw new InvalidOperationException("The model was opened without its tokenizer");

    /// <summary>The tokens that end a text: the model's, and the tokenizer's, which training appends.</summary>
    public IReadOnlyList<int> EosIds => [.. Folder.EosIds.Append(Tokenizer.EosId).Distinct()];

    /// <summary>Counts parameters and MACs of this model and its sub-adapters.</summary>
    public CostModel Costs => CostModel.Of(Folder.Config, Adapter.Shapes, SampleTokens);

    /// <summary>Tokens of a sample in the cost model.</summary>
    public int SampleTokens => Configuration?.SampleTokens ?? CostModel.TokensOf(Folder.Config);

    /// <summary>All parameters, base and adapters, of whatever it is.</summary>
    public IEnumerable<Parameter> AllParameters => ((nn.Module)_model).parameters();

    /// <summary>How the records of its adapter's training became tokens; null where nobody said.</summary>
    public TrainedData? TrainedData { get; internal set; }

    /// <summary>All parameters under the checkpoint's names, adapters among them.</summary>
    internal IEnumerable<(string Name, Parameter Parameter)> Parameters => ((nn.Module)_model).named_parameters();

    /// <summary>Opens a base model alone, to compute with it.</summary>
    /// <param name="model">Its Hugging Face folder, or a hub name.</param>
    /// <exception cref="InvalidDataException">A file is missing or wrong.</exception>
    public static ElasticModel Open(string model) => Open(new OpenOptions { Model = model });

    /// <summary>
    /// Opens everything, small and cheap things first, so that mistakes show before weights are read.
    /// </summary>
    /// <param name="options">What to open.</param>
    /// <param name="cancel">Stops a download, of which the cache keeps what has come.</param>
    /// <exception cref="ArgumentException">What is asked for contradicts itself, or the model.</exception>
    /// <exception cref="InvalidDataException">A file is missing or wrong, or parts do not fit each other.</exception>
    public static ElasticModel Open(OpenOptions options, CancellationToken cancel = default)
    {
        var parts = OpenedParts.Read(options, cancel);
        var adapter = new SuperAdapter(parts.Lora, new SeededRandom(options.Seed))
        {
            Changes = parts.AdapterFolder is { } folder
                ? PeftBaseChanges.Read(folder, parts.Lora!, parts.Folder)
                : BaseChanges.None,
        };
        var opened = new ElasticModel(parts, Build(parts, adapter), adapter);
        try
        {
            TargetCheck.Require(opened, options.Logger);
            if (parts.Configuration is { } configuration)
            {
                adapter.Attach(configuration.Bind(adapter.Shapes, (int)parts.Folder.Config.HeadSize));
            }

            if (parts.AdapterFolder is { } trained)
            {
                foreach (var notice in ManifestCheck.Require(trained, adapter))
                {
                    options.Logger.Warn(notice);
                }

                PeftFolder.LoadWeights(trained, adapter);
                opened.TrainedData = AdapterManifest.Data(trained);
            }

            opened.Chosen = options.SubAdapter is { } choice ? opened.Choose(choice) : null;
            adapter.Activate(opened.Chosen?.SubAdapter);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Finds the sub-adapter that is meant, without cutting to it; null where nothing is to be cut.</summary>
    /// <exception cref="ArgumentException">A sub-adapter is asked for and nothing can be cut.</exception>
    /// <exception cref="InvalidDataException">A file is wrong, or no entry of a front is within the limits.</exception>
    public ChosenSubAdapter? Choose(SubAdapterChoice choice) => choice.Find(Space, AdapterFolder);

    /// <summary>Cuts to a sub-adapter until the handle is disposed; null activates everything.</summary>
    public IDisposable Cut(SubAdapter? subAdapter) => Adapter.Use(subAdapter);

    /// <summary>What the model costs with a sub-adapter; null counts everything.</summary>
    public ModelCost CostOf(SubAdapter? subAdapter) => subAdapter is null ? Costs.Full() : Costs.Of(Space!, subAdapter);

    /// <summary>Saves the adapter at full rank as a PEFT folder, with its search space beside it.</summary>
    /// <param name="folder">The folder; made where it is missing, and files of the same names are replaced.</param>
    /// <param name="safetensors">False writes PyTorch's own format, for tools that read nothing else.</param>
    /// <exception cref="InvalidOperationException">There is no adapter.</exception>
    public void Save(string folder, bool safetensors = true)
    {
        if (Adapter.Options is null)
        {
            throw new InvalidOperationException("The model has no adapter to save");
        }

        using var maximal = Cut(null);
        PeftFolder.Save(folder, Adapter, Name, safetensors);
        AdapterManifest.Save(folder, Adapter, Configuration, LabelNames, TrainedData);
    }

    /// <summary>Disposes the model and its adapter.</summary>
    public void Dispose()
    {
        _model.Dispose();
        Adapter.Dispose();
        if (!_sharesChanges)
        {
            Adapter.Changes.Dispose();
        }
    }

    /// <summary>
    /// The same model with its adapter as it is now and every weight as the checkpoint stores it, to be written.
    /// </summary>
    internal ElasticModel AsStored()
    {
        var parts = _parts with { Use = ModelUse.Stored, DType = Folder.CheckpointType, Device = CPU };
        var adapter = new SuperAdapter(parts.Lora, new SeededRandom(0)) { Changes = Adapter.Changes };
        var stored = new ElasticModel(parts, Build(parts, adapter), adapter) { _sharesChanges = true };
        try
        {
            adapter.CopyFrom(Adapter);
            return stored;
        }
        catch
        {
            stored.Dispose();
            throw;
        }
    }

    private static IDisposable Build(OpenedParts parts, SuperAdapter adapter) => parts.Use switch
    {
        ModelUse.Stored => parts.Folder.BuildAsStored(adapter.Linears),
        _ when parts.Folder.IsClassifier => parts.Folder.BuildClassifier(
            parts.Use == ModelUse.Shapes ? parts.Folder.CheckpointType : parts.DType, adapter.Linears, labels: null,
            parts.Use == ModelUse.Shapes ? null : parts.Device),
        ModelUse.Shapes => parts.Folder.Build(parts.Folder.CheckpointType, adapter.Linears),
        _ => parts.Folder.Build(parts.DType, adapter.Linears, parts.Device),
    };
}
