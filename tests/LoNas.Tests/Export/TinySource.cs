using System.Text.Json;
using LoNas.Elastic;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Tests.Support;
using static TorchSharp.torch;

namespace LoNas.Tests.Export;

/// <summary>
/// The recorded tiny models of all families as masked models, each with an adapter that changes its output.
/// </summary>
internal static class TinySource
{
    /// <summary>Widths that differ from layer to layer, by the index of the group.</summary>
    private static readonly Dictionary<string, string> Uneven = new()
    {
        ["llama"] = """{"width": {"0": 6, "2": 88, "3": 132, "5": 4}}""",
        ["gqa"] = """{"width": {"1": 4, "2": 132, "3": 88, "4": 6}}""",
        ["bloom"] = """{"width": {"0": 4, "2": 128, "3": 192}}""",
        ["bert"] = """{"width": {"0": 16, "1": 48, "2": 64, "5": 4}}""",
    };

    /// <summary>
    /// Makes a source. With "uneven" as <paramref name="subAdapter"/>, a sub-adapter file is written to the folder and
    /// used.
    /// </summary>
    /// <param name="family">llama, gqa, bloom or bert, or a recording such as qwen3-tiny.</param>
    /// <param name="subAdapter">heuristic, minimal, maximal or uneven.</param>
    /// <param name="folder">A folder for files that the source needs.</param>
    public static OpenOptions Of(string family, string subAdapter, TemporaryFolder folder)
    {
        var modern = family.EndsWith("-tiny", StringComparison.Ordinal) ? new ModernModel(family) : null;
        if (subAdapter == "uneven")
        {
            subAdapter = folder.Path($"{family}.json");
            File.WriteAllText(subAdapter, modern is null ? Uneven[family] : JsonSerializer.Serialize(new
            {
                width = modern.Mixed().Widths.Index().ToDictionary(group => $"{group.Index}", group => group.Item),
            }));
        }

        if (modern is not null)
        {
            return new OpenOptions
            {
                Model = modern.Folder,
                Adapter = modern.AdapterFolder,
                Configuration = modern.Configuration(),
                SubAdapter = new SubAdapterChoice(subAdapter),
            };
        }

        return new OpenOptions
        {
            Model = Repository.Fixture(family == "gqa" ? "llama-gqa-tiny" : $"{family}-tiny"),
            Adapter = family == "gqa" ? RandomAdapter(folder) : TinyFamilies.AdapterFolder(family),
            Configuration = TinyFamilies.Configuration(family == "gqa" ? "llama" : family),
            SubAdapter = new SubAdapterChoice(subAdapter),
        };
    }

    /// <summary>The logits of the masked model as every command computes them, [B, T, V] or [B, labels].</summary>
    public static Tensor MaskedLogits(OpenOptions source)
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = Load(source.Model, source.Adapter);
        if (source.Configuration is { } configuration)
        {
            adapter.Attach(configuration.Bind(adapter.Shapes, headSize: 16));
            adapter.Activate(adapter.Space!.Named(source.SubAdapter!.Name!));
        }

        return Logits(model).MoveToOuterDisposeScope();
    }

    /// <summary>The logits of a folder, with the adapter beside it where one is named.</summary>
    public static Tensor Logits(string path, string? adapter = null)
    {
        using var scope = NewDisposeScope();
        return Logits(Load(path, adapter).Model).MoveToOuterDisposeScope();
    }

    /// <summary>The largest difference divided by the largest expected absolute value.</summary>
    public static double Relative(Tensor expected, Tensor actual) =>
        Close.LargestDifference(expected, actual) / expected.abs().max().item<float>();

    private static Tensor Logits(IDisposable model) => model is ISequenceClassifier classifier
        ? classifier.Classify(TinyFamilies.Ids())
        : ((ICausalModel)model).Logits(((ICausalModel)model).HiddenStates(TinyFamilies.Ids()));

    private static (IDisposable Model, SuperAdapter Adapter) Load(string path, string? adapterPath)
    {
        var folder = ModelFolder.Open(path);
        var adapter = new SuperAdapter(
            adapterPath is null ? null : PeftFolder.LoadOptions(adapterPath), new SeededRandom(1));
        IDisposable model = folder.IsClassifier
            ? folder.BuildClassifier(ScalarType.Float32, adapter.Linears)
            : folder.Build(ScalarType.Float32, adapter.Linears);
        if (adapterPath is not null)
        {
            PeftFolder.LoadWeights(adapterPath, adapter);
        }

        return (model, adapter);
    }

    private static string RandomAdapter(TemporaryFolder folder)
    {
        var path = folder.Path("gqa-adapter");
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var options = new LoraOptions
        {
            Rank = 8,
            Dropout = 0,
            TargetModules = ["q_proj", "k_proj", "v_proj", "up_proj", "gate_proj", "down_proj"],
        };
        var (_, adapter) = TinyModels.LoadCausal("llama-gqa-tiny", options);
        var generator = new Generator(3, CPU);
        foreach (var layer in adapter.Layers.Values)
        {
            layer.LoraB?.normal_(0, 0.2, generator);
        }

        PeftFolder.Save(path, adapter, "llama-gqa-tiny");
        return path;
    }
}
