using LoNas.Bench.Generate;
using LoNas.Data;
using LoNas.Elastic;
using LoNas.Export.Extraction;
using LoNas.Formats.Nncf;
using LoNas.Formats.Peft;
using LoNas.Generation;
using LoNas.Models;
using LoNas.Models.Attention;
using LoNas.Storage;
using LoNas.Tests.Export;
using LoNas.Tests.Support;
using LoNas.Training;
using LoNas.Training.LearningRates;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Models;

/// <summary>
/// CONTRIBUTING.md's recipe for a model family, followed: one file and one row, and everything else works.
/// </summary>
public sealed class ToyFamilyTests : IDisposable
{
    private const string Config =
        """
        {"model_type": "toy", "hidden_size": 16, "heads": 2, "depth": 2, "intermediate_size": 24, "vocab_size": 40}
        """;

    private static readonly LoraOptions Lora = new()
    {
        Rank = 4,
        Alpha = 8,
        Dropout = 0,
        TargetModules = ToyConfig.Family.Targets,
    };

    private static readonly int[] Prompt = [5, 17, 9, 31, 8, 22];

    private readonly TemporaryFolder _folder = new();

    static ToyFamilyTests() => ModelFamilies.Register(ToyConfig.Family);

    public ToyFamilyTests() => WriteCheckpoint(_folder.Root);

    [Fact]
    public void Load_RandomCheckpoint_CachedLogitsEqualThoseOfOnePass()
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = TinyModels.LoadCausal(_folder.Root);
        var ids = Ids(Prompt);

        using var cache = new KvCache(model.CacheShape, 1, 4); // grows
        var parts = cat([
            model.HiddenStates(ids.narrow(1, 0, 3), cache: cache),
            model.HiddenStates(ids.narrow(1, 3, 1), cache: cache),
            model.HiddenStates(ids.narrow(1, 4, 2), cache: cache)], 1);

        Assert.Equal([1, 6, 40], model.AllLogits(ids).shape);
        Close.Absolute(model.AllLogits(ids), model.Logits(parts), 1e-5);
        Assert.Equal(
            model.Parameters.Sum(parameter => parameter.numel()),
            ModelFolder.Open(_folder.Root).Config.OtherParameters
                + adapter.Shapes.Values.Sum(shape => (shape.In * shape.Out) + (shape.Bias ? shape.Out : 0)));
    }

    [Fact]
    public void Generate_BeamsOfSeveralPrompts_EqualOnePromptAtATime()
    {
        var (model, _) = TinyModels.LoadCausal(_folder.Root);
        var options = new GenerationOptions { MaxNewTokens = 8, BeamCount = 3, ReturnCount = 2 };
        int[][] prompts = [Prompt, [5, 17, 9], [1]];

        var together = TextGenerator.GenerateAll(model, prompts, options);

        Assert.All(prompts, (prompt, i) => Assert.Equal(
            SequentialGenerator.Generate(model, prompt, options).Select(sequence => sequence.Ids),
            together[i].Select(sequence => sequence.Ids)));
    }

    [Fact]
    public void Train_FewSteps_LossFalls()
    {
        var (model, adapter) = TinyModels.LoadCausal(_folder.Root, Lora);
        var losses = Train(model, adapter);

        Assert.Equal(6, losses.Length);
        Assert.True(losses[^1] < losses[0] - 0.05, $"the losses are {string.Join(", ", losses)}");
    }

    [Fact]
    public void Extract_TrainedAndCut_LogitsEqualTheMasked()
    {
        using var scope = NewDisposeScope();
        var configuration = SearchSpace();
        var (model, adapter) = TinyModels.LoadCausal(_folder.Root, Lora);
        adapter.Attach(configuration.Bind(adapter.Shapes, headSize: 8));
        Train(model, adapter);
        adapter.Activate(adapter.Space!.Minimal);
        var expected = model.AllLogits(Ids(Prompt));
        PeftFolder.Save(_folder.Path("adapter"), adapter, "toy");

        var report = ExportRuns.Extract(
            new OpenOptions
            {
                Model = _folder.Root,
                Adapter = _folder.Path("adapter"),
                Configuration = configuration,
                SubAdapter = new SubAdapterChoice(SubAdapterChoice.Minimal),
            },
            new ExtractionOptions { OutputDir = _folder.Path("small") });

        Assert.Equal([12, 12], report.MlpWidths);
        Assert.InRange(report.Check!.Relative, 0, 1e-5);
        Close.Absolute(expected, TinyModels.LoadCausal(_folder.Path("small")).Model.AllLogits(Ids(Prompt)), 1e-5);
    }

    [Fact]
    public void Register_NameTwice_Refused()
    {
        var error = Assert.Throws<ArgumentException>(() => ModelFamilies.Register(ToyConfig.Family));

        Assert.Contains("'toy' already", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Register_SameLinearsCutOtherwise_Refused()
    {
        var other = ToyConfig.Family with
        {
            ModelType = "other",
            Cuts = [new(CutKind.Mlp, "mix", ["open"], Consumer: "mix.close")],
        };

        var error = Assert.Throws<ArgumentException>(() => ModelFamilies.Register(other));

        Assert.Contains("'other' and 'toy'", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A configuration as <c>make-config</c> writes it, with half of the MLP as its smallest width.</summary>
    private NncfConfiguration SearchSpace()
    {
        var layout = LinearLayout.Load(_folder.Root);
        var recipe = NncfRecipe.For(NncfPreset.Math, layout) with { Ranks = [4, 2] };
        var json = NncfWriter.Write(layout, recipe).ToJsonString();
        return NncfConfiguration.Parse(JsonInput.Parse(json, "test"), "test");
    }

    private static double[] Train(ICausalModel model, SuperAdapter adapter)
    {
        TrainingExample[] examples = [new([5, 17, 9, 31, 8, 22], [5, 17, 9, 31, 8, 22]), new([3, 4, 5], [3, 4, 5])];
        var options = new TrainingOptions
        {
            BatchSize = 2,
            Epochs = 6,
            LoggingSteps = 1,
            SaveStrategy = IntervalStrategy.No,
        };
        TrainingSchedule rate = (_, _, _) => new StepSettings(1e-2, 0, false);
        using var trainer = new Trainer(model, adapter, rate, examples, [], options);
        trainer.Run(_ => { });
        return [.. trainer.State.LogHistory.Select(entry => entry["loss"])];
    }

    private static Tensor Ids(int[] tokens) => tensor(tokens.Select(id => (long)id).ToArray()).unsqueeze(0); // [1, T]

    private static void WriteCheckpoint(string folder)
    {
        using var scope = NewDisposeScope();
        File.WriteAllText(Path.Combine(folder, "config.json"), Config);
        using var random = new Generator(7, CPU);
        var linears = LinearLayout.Load(folder).Linears.SelectMany(linear => linear.Bias
            ? new[] { Weight(linear), ($"{linear.Path}.bias", Random(linear.Out)) }
            : [Weight(linear)]);
        var norms = new[] { "steps.0.norm", "steps.0.second", "steps.1.norm", "steps.1.second", "last" }
            .Select(name => ($"{name}.weight", ones(16)));
        SafetensorsWriter.Save(
            Path.Combine(folder, "model.safetensors"), [("tokens.weight", Random(40, 16)), .. norms, .. linears]);

        (string, Tensor) Weight(LinearSize linear) => ($"{linear.Path}.weight", Random(linear.Out, linear.In));

        Tensor Random(params long[] shape) => empty(shape).normal_(0, 0.3, random);
    }
}
