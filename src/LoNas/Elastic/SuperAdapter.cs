using LoNas.Models;
using LoNas.Runtime;
using LoNas.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Elastic;

/// <summary>
/// All adapters of a model at full rank over its full-width base: the weight-sharing network that contains every
/// sub-adapter. <see cref="Activate"/> is the only switch of what is active.
/// </summary>
public sealed class SuperAdapter : IDisposable
{
    private readonly Dictionary<string, ElasticLinear> _layers = [];
    private readonly List<(string Name, Parameter Parameter)> _inFull = [];
    private readonly Generator _generator;

    /// <summary>An adapter to be filled while a model is built with <see cref="Linears"/>.</summary>
    /// <param name="options">Rank, scaling and targets; null makes plain frozen layers.</param>
    /// <param name="random">Source of the initial weights and of dropout.</param>
    /// <exception cref="NativeLibraryException">libtorch is not loaded yet and can't be.</exception>
    public SuperAdapter(LoraOptions? options, SeededRandom random)
    {
        TorchRuntime.Require();
        Options = options;
        Device = CPU;
        DropoutSeed = random.NextSeed();
        _generator = new Generator((ulong)DropoutSeed, CPU);
    }

    /// <summary>Stops a pass of the model between two linear layers; none by default.</summary>
    public CancellationToken Cancel { private get; init; }

    /// <summary>What it changes in the base beside the linear layers; nothing by default.</summary>
    internal BaseChanges Changes { get; init; } = BaseChanges.None;

    /// <summary>Rank, scaling and targets; null when there are no adapters.</summary>
    public LoraOptions? Options { get; }

    /// <summary>Every linear layer of the model by its path, in the order of the model.</summary>
    public IReadOnlyDictionary<string, ElasticLinear> Layers => _layers;

    /// <summary>
    /// The trained parameters with PEFT's names, such as <c>model.layers.0.self_attn.q_proj.lora_A.weight</c>.
    /// </summary>
    public IEnumerable<(string Name, Parameter Parameter)> Parameters => _layers
        .SelectMany(layer => new (string Name, Parameter? Parameter)[]
        {
            ($"{layer.Key}.lora_A.weight", layer.Value.LoraA),
            ($"{layer.Key}.lora_B.weight", layer.Value.LoraB),
        })
        .Where(named => named.Parameter is not null).Select(named => (named.Name, named.Parameter!))
        .Concat(_inFull);

    /// <summary>The sub-adapters it can be cut to; null until <see cref="Attach"/>, and for plain LoRA.</summary>
    public SearchSpace? Space { get; private set; }

    /// <summary>Where its weights are: where those of the model are that it was built with.</summary>
    public Device Device { get; private set; }

    /// <summary>The sub-adapter in force; null when the model is uncut.</summary>
    public SubAdapter? Active { get; private set; }

    /// <summary>The order of the base's channels, where they were reorganised.</summary>
    internal ChannelOrder ChannelOrder { get; } = new();

    /// <summary>The full sizes of every linear layer, by path.</summary>
    public IReadOnlyDictionary<string, LinearShape> Shapes =>
        _layers.ToDictionary(layer => layer.Key, layer => layer.Value.Full);

    /// <summary>Names of modules to be trained in full that the model does not have.</summary>
    public IReadOnlyList<string> MissingInFull => [.. (Options?.ModulesToSave ?? [])
        .Where(name => !_inFull.Any(trained => LoraOptions.TrainsInFull(ModuleOf(trained.Name), name)))];

    /// <summary>What dropout is seeded by, together with the number of a micro-batch.</summary>
    internal long DropoutSeed { get; set; }

    /// <summary>
    /// Lets dropout draw what it draws in one micro-batch of a training, whatever was drawn before.
    /// </summary>
    /// <param name="microBatch">Its number in the whole training, from 0.</param>
    internal void SeedDropout(long microBatch) =>
        _generator.manual_seed(SeededRandom.Nth(DropoutSeed, microBatch));

    /// <summary>
    /// The state of the generator that dropout draws from, which blocks that are computed again need.
    /// </summary>
    /// <exception cref="InvalidDataException">What is set is no such state.</exception>
    public byte[] RandomState
    {
        get
        {
            using var state = _generator.get_state();
            return state.bytes.ToArray();
        }

        set
        {
            GeneratorState.Require(value, RandomState);
            using var state = tensor(value);
            _generator.set_state(state);
        }
    }

    /// <summary>
    /// A factory whose layers belong to this adapter, as do the modules of these weights that are trained in full.
    /// </summary>
    /// <param name="weights">Where the base's weights come from.</param>
    /// <param name="layout">The sizes of the model's linear layers.</param>
    public LinearFactory Linears(WeightMap weights, LinearLayout layout)
    {
        weights.Adopt = Adopt;
        weights.Random = Options is null ? null : _generator;
        weights.Replacement = name => Changes.Weights.GetValueOrDefault(name);
        Device = weights.Device;
        var sizes = layout.Linears.ToDictionary(linear => linear.Path);
        return path =>
        {
            var lora = Options?.Targets(path) == true ? Options : null;
            bool startsFresh = Options?.TrainsInFull(path) == true;
            var layer = new ElasticLinear(weights, sizes[path], lora, _generator, startsFresh, Cancel);
            _layers.Add(path, layer);
            return layer;
        };
    }

    /// <summary>Makes the adapter elastic.</summary>
    public void Attach(SearchSpace space) => Space = space;

    /// <summary>Cuts every layer to a sub-adapter; null activates everything.</summary>
    public void Activate(SubAdapter? subAdapter)
    {
        if (subAdapter is not null && Space is null)
        {
            throw new InvalidOperationException("A sub-adapter needs a search space; attach one first");
        }

        if (Equals(subAdapter, Active))
        {
            return;
        }

        var shapes = subAdapter is null ? null : Space!.ActiveShapes(subAdapter);
        foreach (var (path, layer) in _layers)
        {
            layer.Activate(shapes is null ? layer.Full : shapes[path]);
        }

        Active = subAdapter;
    }

    /// <summary>Cuts to a sub-adapter until the handle is disposed, which restores the one before.</summary>
    public IDisposable Use(SubAdapter? subAdapter)
    {
        var handle = new Restore(this, Active);
        Activate(subAdapter);
        return handle;
    }

    /// <summary>
    /// Takes over the weights, the search space and the order of channels of an adapter of the same base.
    /// </summary>
    internal void CopyFrom(SuperAdapter other)
    {
        using var frozen = no_grad();
        if (other.Space is { } space)
        {
            Attach(space);
            other.ChannelOrder.ApplyTo(this);
        }

        var theirs = other.Parameters.ToDictionary(entry => entry.Name, entry => entry.Parameter);
        foreach (var (name, mine) in Parameters)
        {
            mine.copy_(theirs[name]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _generator.Dispose();

    /// <summary>
    /// What is trained in full is copied to float32, as adapters are; everything else stays as it is.
    /// </summary>
    private Parameter Adopt(string name, Parameter stored)
    {
        if (Changes.Embedding is { } embedding && embedding.Name == name)
        {
            using (stored)
            {
                return embedding.Merged(stored);
            }
        }

        if (Options?.TrainsInFull(ModuleOf(name)) != true)
        {
            return stored;
        }

        using (stored)
        {
            using var detached = stored.detach();
            using var wide = detached.to(ScalarType.Float32);
            var trained = new Parameter(wide.clone());
            _inFull.Add((name, trained));
            return trained;
        }
    }

    private static string ModuleOf(string parameter) => parameter[..parameter.LastIndexOf('.')];

    private sealed class Restore(SuperAdapter adapter, SubAdapter? before) : IDisposable
    {
        public void Dispose() => adapter.Activate(before);
    }
}
