using System.Text.Json;
using LoNas.Export.Extraction;
using LoNas.Models;
using LoNas.Models.Attention;

namespace LoNas.Export.Gguf;

/// <summary>What llama.cpp must be told of a masked model, and by which names it knows the parts.</summary>
internal sealed class GgufFamily
{
    private readonly ModelFamily _family;
    private readonly LlamaCppArchitecture _architecture;
    private readonly IReadOnlyList<long> _mlp;

    private GgufFamily(MaskedModel model, LlamaCppArchitecture architecture)
    {
        (_family, _architecture) = (model.Folder.Family, architecture);
        var widths = CutWidths.Of(model);
        IsUneven = architecture == _family.LlamaCpp!.Uneven;
        PadTo = IsUneven || widths.IsUniform ? null : widths.Mlp.Max();
        _mlp = PadTo is { } width ? [.. widths.Mlp.Select(_ => width)] : widths.Mlp;
        Model = Described(model, _mlp);
        Form = new GgufForm(_family, architecture, Model);
        Names = [.. CutTensors.Base(model, model.Folder.CheckpointType, merge: true).Select(tensor => tensor.Name)];
        Notices = [.. PaddingNotice(widths), .. GgufPlace.Notices(architecture, Settings)];
    }

    /// <summary>The cut model, with the widths that the file has.</summary>
    public ModelDescription Model { get; }

    /// <summary>Its sizes.</summary>
    public ModelConfig Config => Model.Layout.Config;

    /// <summary>What llama.cpp needs besides the sizes.</summary>
    public LlamaCppSettings Settings => Model.LlamaCpp!;

    /// <summary>Transformers' names of all tensors.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>How tensors stand in the file.</summary>
    public GgufForm Form { get; }

    /// <summary>llama.cpp's name of the architecture, such as llama.</summary>
    public string Architecture => _architecture.Name;

    /// <summary>The width to which MLPs are padded with zeros; null where the file has their own.</summary>
    public long? PadTo { get; }

    /// <summary>Whether the file has a tied head a second time, by its own name.</summary>
    public bool RepeatsHead => Config.TieWordEmbeddings && _architecture.Head == LlamaCppHead.Required;

    /// <summary>What a user should know of the file.</summary>
    public IReadOnlyList<string> Notices { get; }

    private bool IsUneven { get; }

    /// <summary>The family of a model.</summary>
    /// <exception cref="InvalidDataException">llama.cpp has no architecture for it.</exception>
    public static GgufFamily Of(MaskedModel model)
    {
        const string otherwise = "Extract it into a folder instead, which LoNAS reads, and Transformers too where its "
            + "layers are padded to one width";
        var family = model.Folder.Family;
        var type = family.ModelType;
        if (family.LlamaCpp is not { } names)
        {
            string[] known =
                [.. ModelFamilies.All.Where(family => family.LlamaCpp is not null).Select(family => family.ModelType)];
            throw new InvalidDataException(
                $"A {type} can't be written as GGUF here; {string.Join(", ", known[..^1])} and {known[^1]} can. "
                + otherwise);
        }

        var widths = CutWidths.Of(model);
        var description = Described(model, widths.Mlp);
        LlamaCppArchitecture?[] choice =
            widths.IsUniform ? [names.Uniform, names.Uneven] : [names.Uneven, names.Uniform];
        var chosen = choice.FirstOrDefault(
            architecture => architecture is not null
                && GgufPlace.Obstacles(family, architecture, description).Count == 0);
        return chosen is not null ? new GgufFamily(model, chosen) : throw new InvalidDataException(
            $"This {type} can't be written as GGUF, since llama.cpp's {names.Uniform.Name} has no place for "
            + $"{string.Join("; ", GgufPlace.Obstacles(family, names.Uniform, description))}. {otherwise}");
    }

    /// <summary>llama.cpp's name of a module: <c>model.layers.0.mlp.up_proj</c> is <c>blk.0.ffn_up</c>.</summary>
    public string NameOf(string path)
    {
        var names = _family.LlamaCpp!.Modules;
        if (names.TryGetValue(path, out var name))
        {
            return name;
        }

        var parts = path[(_family.BlockPath.Length + 1)..].Split('.', 2);
        return $"blk.{parts[0]}.{names[parts[1]]}";
    }

    /// <summary>The name of a tensor: <c>model.norm.weight</c> is <c>output_norm.weight</c>.</summary>
    public string NameOfTensor(string name)
    {
        int dot = name.LastIndexOf('.');
        return $"{NameOf(name[..dot])}{name[dot..]}";
    }

    /// <summary>Adds the architecture's keys.</summary>
    public GgufMetadata Describe(GgufMetadata metadata)
    {
        string Key(string name) => $"{Architecture}.{name}";
        metadata.Add("general.architecture", Architecture)
            .Add(Key("context_length"), ContextLength)
            .Add(Key("embedding_length"), Config.HiddenSize)
            .Add(Key("block_count"), (long)Config.LayerCount)
            .Add(Key("attention.key_length"), Config.HeadSize)
            .Add(Key("attention.value_length"), Config.HeadSize)
            .Add(Key(_architecture.NormKey), Settings.NormEpsilon)
            .Add(Key("rope.dimension_count"), Settings.RotarySize ?? Config.HeadSize)
            .Add(Key("rope.freq_base"), Settings.RopeTheta)
            .Add(Key("vocab_size"), Config.VocabularySize);
        foreach (var (name, value) in Settings.Numbers)
        {
            metadata.Add(Key(name), value);
        }

        foreach (var (name, value) in Settings.Switches)
        {
            metadata.Add(Key(name), value);
        }

        GgufRope.Describe(metadata, Architecture, Settings.RopeScaling);
        return DescribeLayers(DescribeWindows(metadata));
    }

    /// <summary>
    /// Positions within which llama.cpp computes the same, where it knows no windows or no such scaling.
    /// </summary>
    private long ContextLength => Math.Min(
        _architecture.FullEvery == 0 && Settings.Windows.Min() is { } window ? window : long.MaxValue,
        Settings.RopeScaling is { Type: RopeScaling.Dynamic } scaling
            ? scaling.OriginalPositions
            : Config.MaxPositions);

    private GgufMetadata DescribeWindows(GgufMetadata metadata)
    {
        if (_architecture.FullEvery == 0)
        {
            return metadata;
        }

        if (Settings.Windows.Min() is { } window)
        {
            metadata.Add($"{Architecture}.attention.sliding_window", window);
        }

        return GgufPlace.HasOwnPattern(_architecture, Settings)
            ? metadata.Add(
                $"{Architecture}.attention.sliding_window_pattern",
                [.. Settings.Windows.Select(own => own is null ? 0 : 1)])
            : metadata;
    }

    private GgufMetadata DescribeLayers(GgufMetadata metadata)
    {
        var (width, heads, keyHeads) = (
            $"{Architecture}.feed_forward_length",
            $"{Architecture}.attention.head_count",
            $"{Architecture}.attention.head_count_kv");
        return IsUneven
            ? metadata.Add(width, [.. _mlp.Select(width => (int)width)])
                .Add(heads, Repeat(Config.HeadCount))
                .Add(keyHeads, Repeat(Settings.KeyValueHeads))
            : metadata.Add(width, _mlp[0])
                .Add(heads, Config.HeadCount)
                .Add(keyHeads, Settings.KeyValueHeads);
    }

    private int[] Repeat(long value) => [.. Enumerable.Repeat((int)value, Config.LayerCount)];

    private IEnumerable<string> PaddingNotice(CutWidths widths)
    {
        if (PadTo is { } width)
        {
            yield return $"llama.cpp's {Architecture} has one width for all layers: MLPs of "
                + $"{string.Join(", ", widths.Mlp.Distinct().Order())} features are padded with zeros to {width}, "
                + "which changes no result and makes the file larger";
        }
    }

    private static ModelDescription Described(MaskedModel model, IReadOnlyList<long> mlp) => ModelFamilies.Read(
        JsonSerializer.SerializeToElement(ExtractedConfig.Of(model, mlp, model.Folder.CheckpointType)),
        $"cut model '{model.Folder.Path}'");
}
