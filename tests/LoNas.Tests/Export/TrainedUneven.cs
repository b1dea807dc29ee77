using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Formats.Peft;
using LoNas.Generation;
using LoNas.Models;
using LoNas.Runtime;
using LoNas.Tests.Support;
using LoNas.Text;
using static TorchSharp.torch;

namespace LoNas.Tests.Export;

/// <summary>
/// A super-adapter trained for a few steps on the sample model or on a model of shared/. Its heuristic sub-adapter has
/// a different width in every layer.
/// </summary>
internal sealed class TrainedUneven : IDisposable
{
    private readonly SampleRun _run = new();
    private readonly string _model;

    /// <param name="model">The base model's folder.</param>
    /// <param name="configuration">Its configuration, whose width lists are replaced.</param>
    public TrainedUneven(string model, string configuration)
    {
        _model = model;
        var file = Path.Combine(_run.Folder, "uneven.json");
        File.WriteAllText(file, Uneven(JsonNode.Parse(File.ReadAllText(configuration))!).ToJsonString());
        var run = SampleRun.Run(_run.Training(
            ("model_name_or_path", model), ("nncf_config", file), ("gradient_accumulation_steps", "1"),
            ("lora_dropout", "0")));
        Assert.True(run.ExitCode == 0, run.Error);
    }

    /// <summary>The super-adapter of the sample model.</summary>
    public static TrainedUneven Sample() => new(SampleRun.Model, SampleRun.Configuration);

    /// <summary>The super-adapter of stories260K; skips the test if the model is not there.</summary>
    public static TrainedUneven Stories() => new(
        SharedData.Path("models", "stories260K"),
        Path.Combine(Repository.Root, "configs", "nncf_lonas_stories260K.json"));

    /// <summary>A problem as training asks it.</summary>
    public int[] Prompt => TextTokenizer.Load(_model).Encode(PromptTemplate.Evaluation(
        "Tom has 7 apples. He buys 5 more. How many apples does he have?", "", indent: 28));

    public string FileOf(string name) => Path.Combine(_run.Folder, name);

    /// <summary>The masked model of a named sub-adapter.</summary>
    public OpenOptions Source(string subAdapter) => new()
    {
        Model = _model,
        Adapter = _run.Output,
        Configuration = NncfConfiguration.Load(AdapterManifest.Configuration(_run.Output, null)!),
        SubAdapter = new SubAdapterChoice(subAdapter),
    };

    /// <summary>The greedy tokens of the masked model, as generate computes them.</summary>
    public int[] MaskedGreedy(string subAdapter, int[] prompt, int count)
    {
        var source = Source(subAdapter);
        using var adapter = new SuperAdapter(PeftFolder.LoadOptions(source.Adapter!), new SeededRandom(1));
        var folder = ModelFolder.Open(_model);
        using var model = folder.Build(ScalarType.Float32, adapter.Linears);
        PeftFolder.LoadWeights(source.Adapter!, adapter);
        adapter.Attach(source.Configuration!.Bind(adapter.Shapes, (int)folder.Config.HeadSize));
        adapter.Activate(adapter.Space!.Named(subAdapter));
        return Greedy(model, prompt, count);
    }

    /// <summary>The greedy tokens of a folder without an adapter.</summary>
    public static int[] Greedy(string path, int[] prompt, int count)
    {
        using var adapter = new SuperAdapter(null, new SeededRandom(1));
        using var model = ModelFolder.Open(path).Build(ScalarType.Float32, adapter.Linears);
        return Greedy(model, prompt, count);
    }

    public void Dispose() => _run.Dispose();

    private static int[] Greedy(ICausalModel model, int[] prompt, int count) =>
        [
            .. TextGenerator.Generate(model, prompt, new GenerationOptions { MaxNewTokens = count })[0]
                .Ids.Skip(prompt.Length),
        ];

    /// <summary>
    /// Gives the MLP of layer i the widths full, full - 4 (i + 1) and half; the heuristic takes the middle one.
    /// </summary>
    private static JsonNode Uneven(JsonNode configuration)
    {
        var training = configuration["bootstrapNAS"]!["training"]!;
        var lists = training["elasticity"]!["width"]!["overwrite_groups_widths"]!.AsArray();
        int layer = 0;
        foreach (var index in Enumerable.Range(0, lists.Count).Where(i => lists[i]![0]!.GetValue<int>() > 64))
        {
            int full = lists[index]![0]!.GetValue<int>();
            lists[index] = new JsonArray(full, full - (4 * ++layer), full / 2);
        }

        // High enough for a few steps to change the output of the model.
        training["schedule"]!["list_stage_descriptions"]![0]!["init_lr"] = 3e-3;
        return configuration;
    }
}
