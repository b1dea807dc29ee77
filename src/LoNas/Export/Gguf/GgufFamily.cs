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

    private GgufFamily(ModelFamily family, CutWidths widths, ModelDescription description, IReadOnlyList<string> names)
    {
        (_family, _mlp, Model, Names) = (family, widths.Mlp, description, names);
        _architecture = widths.IsUniform ? family.LlamaCpp!.Uniform : family.LlamaCpp!.Uneven;
    }

    /// <summary>The cut model.</summary>
    public ModelDescription Model { get; }

    /// <summary>Its sizes.</summary>
    public ModelConfig Config => Model.Layout.Config;

    /// <summary>What llama.cpp needs besides the sizes.</summary>
    public LlamaCppSettings Settings => Model.LlamaCpp!;

    /// <summary>Transformers' names of all tensors.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>llama.cpp's name of the architecture, such as llama.</summary>
    public string Architecture => _architecture.Name;

    /// <summary>The family of a model.</summary>
    /// <exception cref="InvalidDataException">llama.cpp has no architecture for it.</exception>
    public static GgufFamily Of(MaskedModel model)
    {
        var family = model.Folder.Family;
        var type = family.ModelType;
        if (family.LlamaCpp is null)
        {
            string[] known =
                [.. ModelFamilies.All.Where(family => family.LlamaCpp is not null).Select(family => family.ModelType)];
            throw new InvalidDataException(
                $"A {type} can't be written as GGUF here; {string.Join(", ", known[..^1])} and {known[^1]} can. "
                + "Extract it into a folder instead, which LoNAS reads, and Transformers too where its layers are "
                + "padded to one width");
        }

        var widths = CutWidths.Of(model);
        var json = JsonSerializer.SerializeToElement(
            ExtractedConfig.Of(model, widths.Mlp, model.Folder.CheckpointType));
        var description = ModelFamilies.Read(json, $"cut model '{model.Folder.Path}'");
        if (description.LlamaCpp?.RopeScaling is { Type: RopeScaling.Yarn or RopeScaling.LongRope } scaling)
        {
            throw new InvalidDataException(
                $"The rotary positions of '{model.Folder.Path}' are scaled by {scaling.Type}, which can't be written "
                + "as GGUF here; linear, dynamic and llama3 can");
        }

        var names = CutTensors.Base(model, model.Folder.CheckpointType, merge: true).Select(tensor => tensor.Name);
        return new GgufFamily(family, widths, description, [.. names]);
    }

    /// <summary>llama.cpp's name of a module: <c>model.layers.0.mlp.up_proj</c> is <c>blk.0.ffn_up</c>.</summary>
    public string NameOf(string path)
    {
        var names = _family.LlamaCpp!.Modules;
        if (names.TryGetValue(path, out var name))
        {
            return name;
        }

        var (block, inBlock) = Split(path);
        return $"blk.{block}.{names[inBlock]}";
    }

    /// <summary>The name of a tensor: <c>model.norm.weight</c> is <c>output_norm.weight</c>.</summary>
    public string NameOfTensor(string name)
    {
        int dot = name.LastIndexOf('.');
        return $"{NameOf(name[..dot])}{name[dot..]}";
    }

    /// <summary>
    /// Whether the rows of a module's weight stand in another order in the file, as <see cref="RotaryOrder"/> does it.
    /// </summary>
    public bool Interleaves(string path) => _architecture.Interleaves
        && path.StartsWith($"{_family.BlockPath}.", StringComparison.Ordinal)
        && _family.LlamaCpp!.Rotated.Contains(Split(path).InBlock);

    /// <summary>Adds the architecture's keys.</summary>
    public GgufMetadata Describe(GgufMetadata metadata)
    {
        metadata.Add("general.architecture", Architecture)
            .Add($"{Architecture}.context_length", ContextLength)
            .Add($"{Architecture}.embedding_length", Config.HiddenSize)
            .Add($"{Architecture}.block_count", (long)Config.LayerCount)
            .Add($"{Architecture}.attention.key_length", Config.HeadSize)
            .Add($"{Architecture}.attention.value_length", Config.HeadSize)
            .Add($"{Architecture}.attention.layer_norm_rms_epsilon", Settings.NormEpsilon)
            .Add($"{Architecture}.rope.dimension_count", Config.HeadSize)
            .Add($"{Architecture}.rope.freq_base", Settings.RopeTheta)
            .Add($"{Architecture}.vocab_size", Config.VocabularySize);
        if (Settings.RopeScaling is { Type: RopeScaling.Linear } scaling)
        {
            metadata.Add($"{Architecture}.rope.scaling.type", "linear")
                .Add($"{Architecture}.rope.scaling.factor", scaling.Factor);
        }

        return _architecture == _family.LlamaCpp!.Uneven ? DescribeLayers(metadata) : metadata
            .Add($"{Architecture}.feed_forward_length", _mlp[0])
            .Add($"{Architecture}.attention.head_count", Config.HeadCount)
            .Add($"{Architecture}.attention.head_count_kv", Settings.KeyValueHeads);
    }

    /// <summary>
    /// Positions within which llama.cpp computes the same: it knows neither sliding windows here nor dynamic scaling.
    /// </summary>
    private long ContextLength => Math.Min(
        Settings.Window ?? long.MaxValue,
        Settings.RopeScaling is { Type: RopeScaling.Dynamic } scaling
            ? scaling.OriginalPositions
            : Config.MaxPositions);

    private GgufMetadata DescribeLayers(GgufMetadata metadata) => metadata
        .Add($"{Architecture}.feed_forward_length", [.. _mlp.Select(width => (int)width)])
        .Add($"{Architecture}.attention.head_count", Repeat(Config.HeadCount))
        .Add($"{Architecture}.attention.head_count_kv", Repeat(Settings.KeyValueHeads));

    private int[] Repeat(long value) => [.. Enumerable.Repeat((int)value, Config.LayerCount)];

    /// <summary>The number of a block and the path in it.</summary>
    private (string Block, string InBlock) Split(string path)
    {
        var parts = path[(_family.BlockPath.Length + 1)..].Split('.', 2);
        return (parts[0], parts[1]);
    }
}
