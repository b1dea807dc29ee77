using System.Text.Json;
using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Storage;
using LoNas.Weights;

namespace LoNas.Tests.Support;

/// <summary>A tiny model of a modern family with everything that was recorded of it (<c>fixtures/modern</c>).</summary>
/// <param name="Name">The recording's name, such as <c>qwen3-tiny</c>.</param>
internal sealed record ModernModel(string Name)
{
    private static readonly int[] Ranks = [8, 6, 4];
    private static readonly int[] Widths = [154, 132, 88];

    public static IReadOnlyList<string> Names { get; } =
    [
        "llama3-tiny",
        "mistral-window-tiny",
        "qwen2-window-tiny",
        "qwen3-tiny",
        "olmo2-tiny",
        "smollm3-tiny",
        "granite-tiny",
        "gemma-tiny",
        "gemma2-tiny",
        "gemma3-tiny",
        "phi3-tiny",
        "phi3-longrope-tiny",
        "gpt-neox-tiny",
    ];

    public static TheoryData<string> All => [.. Names];

    public string Folder => SharedData.Path("fixtures", "modern", Name);

    public string AdapterFolder => Path.Combine($"{Folder}-lora", "safetensors");

    /// <summary>A recording of the model, or of its adapter (<c>-lora</c>) or sub-adapter (<c>-elastic</c>).</summary>
    public SafetensorsFile Recorded(string kind = "") =>
        SafetensorsFile.Open(Path.Combine($"{Folder}{kind}", "expected.safetensors"));

    public JsonElement RecordedNumbers(string kind) =>
        JsonInput.Load(Path.Combine($"{Folder}{kind}", "expected.json"), "fixture");

    public (ICausalModel Model, SuperAdapter Adapter) Load() => TinyModels.LoadCausal(Folder);

    /// <summary>The model with its recorded adapter.</summary>
    /// <param name="elastic">
    /// Whether with a search space that has the recorded sub-adapter, as make-config writes it.
    /// </param>
    public (ICausalModel Model, SuperAdapter Adapter) LoadAdapted(bool elastic = false)
    {
        var (model, adapter) = TinyModels.LoadCausal(Folder, PeftFolder.LoadOptions(AdapterFolder));
        if (elastic)
        {
            adapter.Attach(Configuration().Bind(adapter.Shapes));
        }

        PeftFolder.LoadWeights(AdapterFolder, adapter);
        return (model, adapter);
    }

    /// <summary>A search space that has the recorded sub-adapter.</summary>
    public NncfConfiguration Configuration()
    {
        var layout = LinearLayout.Load(Folder);
        var recipe = NncfRecipe.For(NncfPreset.Math, layout) with
        {
            Ranks = Ranks,
            MlpWidths = [.. Enumerable.Repeat(Widths, layout.Config.LayerCount)],
        };
        return NncfConfiguration.Parse(
            JsonSerializer.SerializeToElement(NncfWriter.Write(layout, recipe)), "test");
    }

    /// <summary>The recorded sub-adapter, in the order of the configuration's groups.</summary>
    public SubAdapter Mixed()
    {
        var mixed = RecordedNumbers("-elastic").GetProperty("configs").GetProperty("mixed");
        return new SubAdapter([.. new[] { "attn_rank", "mlp_width", "mlp_rank" }
            .SelectMany(key => mixed.GetProperty(key).EnumerateArray().Select(width => width.GetInt32()))]);
    }
}
