using LoNas.Cli.Output;
using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Text;
using static TorchSharp.torch;

namespace LoNas.Cli.Model;

/// <summary>A loaded model with its tokenizer, adapter and search space: what every command starts from.</summary>
internal sealed class ModelSession : IDisposable
{
    private readonly TextTokenizer? _tokenizer;

    private ModelSession(ModelFolder folder, ICausalModel model, SuperAdapter adapter, TextTokenizer? tokenizer, ScalarType dtype)
    {
        (Folder, Model, Adapter, _tokenizer, DType) = (folder, model, adapter, tokenizer, dtype);
    }

    public ModelFolder Folder { get; }

    public ICausalModel Model { get; }

    public SuperAdapter Adapter { get; }

    /// <summary>The tokenizer; asked for only where <see cref="ModelRequest.WithoutTokenizer"/> is false.</summary>
    public TextTokenizer Tokenizer =>
        _tokenizer ?? throw new InvalidOperationException("The session was opened without a tokenizer");

    public ScalarType DType { get; }

    /// <summary>Where the model computes, or would where only its shapes were asked for.</summary>
    public required Device Device { get; init; }

    public NncfConfiguration? Configuration { get; private init; }

    /// <summary>The file of <see cref="Configuration"/>.</summary>
    public string? ConfigurationPath { get; private init; }

    /// <summary>The folder that the adapter was loaded from; null for a fresh one and without an adapter.</summary>
    public string? AdapterFolder { get; private init; }

    /// <summary>The tokens that end a text: the model's, and the tokenizer's, which training appends.</summary>
    public IReadOnlyList<int> EosIds => [.. Folder.EosIds.Append(Tokenizer.EosId).Distinct()];

    /// <summary>Counts parameters and MACs of this model and its sub-adapters.</summary>
    public CostModel Costs => ModelCosts.Of(Folder.Config, Adapter.Shapes, Configuration);

    /// <summary>Loads everything, small and cheap things first, so that mistakes show before weights are read.</summary>
    public static ModelSession Open(ModelRequest request, ConsoleReporter console)
    {
        TorchStart.Start(request.Threads, console);
        var folder = ModelFolder.Open(request.ModelPath);
        var tokenizer = request.WithoutTokenizer ? null : LoadTokenizer(folder);
        var lora = request.LoraWeights is { } weights ? PeftFolder.LoadOptions(weights) : request.NewLora;
        var path = request.LoraWeights is { } trained
            ? AdapterManifest.Configuration(trained, request.NncfConfig)
            : request.NncfConfig;
        var configuration = path is null ? null : NncfConfiguration.Load(path);
        foreach (var warning in configuration?.Warnings ?? [])
        {
            console.Warn(warning);
        }

        var device = ChosenDevice.Open(request.Device, request.Tf32, console);
        var type = BaseType.For(device, folder.CheckpointType, request.Bf16, request.Fp16);
        if (type.Warning is { } note)
        {
            console.Warn(note);
        }

        return Build(request, new Parts(folder, tokenizer, lora, configuration, path, type.DType, device));
    }

    public void Dispose()
    {
        Model.Dispose();
        Adapter.Dispose();
    }

    private static ModelSession Build(ModelRequest request, Parts parts)
    {
        var adapter = new SuperAdapter(parts.Lora, new SeededRandom(request.Seed));
        var model = request.ShapesOnly
            ? parts.Folder.Build(parts.Folder.CheckpointType, adapter.Linears)
            : parts.Folder.Build(parts.DType, adapter.Linears, parts.Device);
        var session = new ModelSession(parts.Folder, model, adapter, parts.Tokenizer, parts.DType)
        {
            Device = parts.Device,
            Configuration = parts.Configuration,
            ConfigurationPath = parts.ConfigurationPath,
            AdapterFolder = request.LoraWeights,
        };
        try
        {
            session.CheckTargets();
            if (parts.Configuration is not null)
            {
                adapter.Attach(parts.Configuration.Bind(adapter.Shapes, (int)parts.Folder.Config.HeadSize));
            }

            if (request.LoraWeights is { } weights)
            {
                PeftFolder.LoadWeights(weights, adapter);
            }

            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static TextTokenizer LoadTokenizer(ModelFolder folder)
    {
        var tokenizer = TextTokenizer.Load(folder.Path);
        // Folders of LLaMA 2 list a padding token for which the model has no embedding; id 0 pads here.
        int last = tokenizer.VocabularySize - 1;
        bool isPadding = last == tokenizer.PadId || last == tokenizer.FindId("<pad>");
        if (last >= folder.Config.VocabularySize + (isPadding ? 1 : 0))
        {
            throw new InvalidDataException(
                $"The tokenizer in '{folder.Path}' has {tokenizer.VocabularySize} pieces, added tokens among them, and "
                + $"config.json a vocab_size of {folder.Config.VocabularySize}; use files that belong together");
        }

        return tokenizer;
    }

    private void CheckTargets()
    {
        if (AdapterFolder is { } trained)
        {
            TargetCheck.RequireTrained(Adapter, trained, Folder.Path);
        }
        else if (Adapter.Options is { } lora)
        {
            TargetCheck.Require(lora, Adapter.Layers.Keys, Folder.Path);
        }
    }

    private sealed record Parts(
        ModelFolder Folder,
        TextTokenizer? Tokenizer,
        LoraOptions? Lora,
        NncfConfiguration? Configuration,
        string? ConfigurationPath,
        ScalarType DType,
        Device Device);
}
