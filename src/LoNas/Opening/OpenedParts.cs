using LoNas.Elastic;
using LoNas.Errors;
using LoNas.Formats.Nncf;
using LoNas.Formats.Peft;
using LoNas.Hub;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Text;
using static TorchSharp.torch;

namespace LoNas.Opening;

/// <summary>Everything that is known of a model before its weights are read.</summary>
internal sealed record OpenedParts
{
    public required ModelFolder Folder { get; init; }

    public required string Name { get; init; }

    public required ModelUse Use { get; init; }

    public required TextTokenizer? Tokenizer { get; init; }

    /// <summary>Rank, scaling and targets of a new or trained adapter; null without one.</summary>
    public required LoraOptions? Lora { get; init; }

    public required string? AdapterFolder { get; init; }

    public required NncfConfiguration? Configuration { get; init; }

    public required string? ConfigurationFile { get; init; }

    public required Device Device { get; init; }

    public required ScalarType DType { get; init; }

    /// <summary>Names of a classifier's labels; null where nobody knows better than config.json.</summary>
    public required IReadOnlyList<string>? LabelNames { get; init; }

    /// <summary>Finds and checks the folders and small files.</summary>
    public static OpenedParts Read(OpenOptions options, CancellationToken cancel)
    {
        RequireOne(options);
        var location = new ModelLocation
        {
            Hub = options.Hub,
            Timeout = options.HubTimeout,
            Logger = options.Logger,
            OnDownload = options.OnDownload,
        };
        var path = location.Find(options.Model, options.Revision, HubContent.Model, cancel);
        var trained = options.Adapter is { } adapter
            ? location.Find(adapter, revision: null, HubContent.Adapter, cancel)
            : null;
        TorchStart.Start(options.Threads, options.Logger);
        var folder = ModelFolder.Open(path);
        foreach (var notice in folder.Notices)
        {
            options.Logger.Warn(notice);
        }

        if (options.NeedsLanguageModel && folder.IsClassifier)
        {
            throw folder.NotLanguageModel();
        }

        if (options.NeedsClassifier && !folder.IsClassifier)
        {
            throw folder.NotClassifier();
        }

        var tokenizer = options.NeedsTokenizer ? LoadTokenizer(folder) : null;
        var lora = trained is not null ? PeftFolder.LoadOptions(trained) : options.NewAdapter;
        if (trained is not null && options.Dropout is { } dropout)
        {
            lora = lora! with { Dropout = dropout };
        }

        folder = Labelled(folder, options, trained, lora);
        var (configuration, file) = ReadConfiguration(options, trained);
        var device = options.Use == ModelUse.Stored
            ? CPU
            : DeviceSetup.Open(options.Device, options.Tf32, options.Logger);
        return new OpenedParts
        {
            Folder = folder,
            Name = options.Name ?? options.Model,
            Use = options.Use,
            Tokenizer = tokenizer,
            Lora = lora,
            AdapterFolder = trained,
            Configuration = configuration,
            ConfigurationFile = file,
            LabelNames = NamesOf(folder, options, trained),
            Device = device,
            DType = options.Use == ModelUse.Stored ? folder.CheckpointType : TypeOf(options, folder, device),
        };
    }

    private static void RequireOne(OpenOptions options)
    {
        if (options.Adapter is not null && options.NewAdapter is not null)
        {
            throw new ArgumentException("A new adapter and a trained one are given; give one of them");
        }

        if (options.Configuration is not null && options.ConfigurationFile is not null)
        {
            throw new ArgumentException("A configuration is given as a file and as a value; give one of them");
        }

        if (options.NewAdapter?.ScalingProblem is { } problem)
        {
            throw new ArgumentException($"The new adapter can't be made: {problem}");
        }
    }

    /// <summary>
    /// The classifier with as many labels as are asked for, or as a trained adapter has: its base knows nothing of it.
    /// </summary>
    private static ModelFolder Labelled(ModelFolder folder, OpenOptions options, string? trained, LoraOptions? lora)
    {
        int? asked = options.Labels ?? options.LabelNames?.Count;
        int? own = trained is not null && folder.IsClassifier ? PeftFolder.LabelsOf(trained, folder.Head) : null;
        if (asked is not null && own is not null && asked != own)
        {
            throw new InvalidDataException(
                $"The adapter '{trained}' was trained for {own} {(own == 1 ? "score" : "labels")}, and {asked} "
                + $"{(asked == 1 ? "is" : "are")} asked for; use it for the task that it was trained on, or train a "
                + "new one").About(Setting.Adapter);
        }

        var labelled = (asked ?? own) is { } labels ? folder.WithLabels(labels) : folder;
        if (options.NewAdapter is not null)
        {
            labelled.RequireOneTarget(); // it is to be trained
        }

        if (folder.IsClassifier && trained is null && !labelled.HasHead && lora?.TrainsInFull(folder.Head.Path) == true)
        {
            options.Logger.Inform(
                $"the classifier '{folder.Head.Path}' starts from random numbers of the seed {options.Seed}: "
                + $"'{folder.Path}' has "
                + (folder.StoredLabels is { } stored ? $"one of {stored}, and not of {labelled.LabelCount}, labels"
                    : "none"));
        }

        return labelled;
    }

    /// <summary>
    /// The names of the labels in the order of their ids: the trained ones' order where names are asked for, as
    /// Transformers' example has it.
    /// </summary>
    private static IReadOnlyList<string>? NamesOf(ModelFolder folder, OpenOptions options, string? trained)
    {
        var adapters = trained is null ? null : AdapterManifest.Labels(trained);
        var own = adapters ?? folder.LabelNames;
        if (options.LabelNames is not { } asked || own is null)
        {
            return options.LabelNames ?? adapters;
        }

        string[] ordered =
        [
            .. own.Select(name => asked.FirstOrDefault(each => each.Equals(name, StringComparison.OrdinalIgnoreCase)))
                .OfType<string>(),
        ];
        if (own.Count == asked.Count && ordered.Distinct().Count() == asked.Count)
        {
            return ordered;
        }

        if (adapters is not null)
        {
            throw new InvalidDataException(
                $"The adapter '{trained}' was trained for the labels {string.Join(", ", adapters)}, and "
                + $"{string.Join(", ", asked)} are asked for; use it for the task that it was trained on, or train a "
                + "new one").About(Setting.Adapter);
        }

        if (folder.HasHead)
        {
            options.Logger.Warn(
                $"config.json of '{folder.Path}' has the labels {string.Join(", ", own)}, and the data have "
                + $"{string.Join(", ", asked)}: its head says something else until it is trained");
        }

        return asked;
    }

    private static (NncfConfiguration? Configuration, string? File) ReadConfiguration(
        OpenOptions options, string? trained)
    {
        var file = options.Configuration is not null ? null
            : trained is null ? options.ConfigurationFile
            : AdapterManifest.Configuration(trained, options.ConfigurationFile);
        var configuration = options.Configuration ?? (file is null ? null : NncfConfiguration.Load(file));
        if (trained is not null && options.Configuration is { } given)
        {
            AdapterManifest.RequireSame(trained, given);
        }

        foreach (var warning in configuration?.Warnings ?? [])
        {
            options.Logger.Warn(warning);
        }

        return (configuration, file);
    }

    private static ScalarType TypeOf(OpenOptions options, ModelFolder folder, Device device)
    {
        if (options.ElementType == ScalarType.Float32)
        {
            return ScalarType.Float32;
        }

        var type = BaseType.For(
            device, folder.CheckpointType, options.ElementType == ScalarType.BFloat16,
            options.ElementType == ScalarType.Float16);
        if (type.Warning is { } warning)
        {
            options.Logger.Warn(warning);
        }

        return type.DType;
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
}
