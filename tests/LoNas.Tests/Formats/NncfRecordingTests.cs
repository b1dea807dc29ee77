using System.Text.Json;
using LoNas.Data;
using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Training.Gradients;
using LoNas.Training.LearningRates;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Formats;

/// <summary>Compares with what NNCF itself gave for llama-tiny with the small configuration, key by key.</summary>
public sealed class NncfRecordingTests
{
    public static TheoryData<string> SubAdapters => ["maximal", "heuristic", "minimal", "random0", "random1"];

    private static JsonElement Recording { get; } =
        JsonInput.Load(Repository.Fixture("nncf_llama_tiny_recording.json"), "fixture");

    [Fact]
    public void Bind_RecordedConfiguration_GivesNncfsGroupsAndWidths()
    {
        var recorded = NncfConfiguration.Parse(Recording.GetProperty("config"), "recording");
        var space = recorded.Bind(TinySearchSpace.Linears());
        var widths = Recording.GetProperty("width_search_space").EnumerateObject().ToArray();

        Assert.Equal(
            widths.Select(group => group.Name), Enumerable.Range(0, space.Groups.Count).Select(index => $"{index}"));
        Assert.Equal(widths.Select(group => Ints(group.Value)), space.Groups.Select(group => group.Widths.ToArray()));
        Assert.Equal(
            recorded.Groups.SelectMany(group => group.Members),
            TinyLora.Configuration.Groups.SelectMany(group => group.Members));
        ParityLog.AddExact("nncf_llama_tiny groups and width lists");
    }

    [Theory]
    [MemberData(nameof(SubAdapters))]
    public void Of_RecordedSubAdapter_HasNncfsWidthsFlopsAndWeights(string name)
    {
        var recorded = Recording.GetProperty(name);
        var subAdapter = TinyLora.SubAdapter(name);
        int tokens = Recording.GetProperty("seq_len").GetInt32();
        var model = new CostModel(TinySearchSpace.Linears()) { Tokens = tokens, OtherParameters = 20_800 };
        var cost = model.Of(TinySearchSpace.Bind(), subAdapter);

        Assert.Equal(
            recorded.GetProperty("active_width_config").EnumerateObject().Select(group => group.Value.GetInt32()),
            subAdapter.Widths);
        Assert.Equal(recorded.GetProperty("flops").GetInt64(), 2 * cost.Macs);
        Assert.Equal(recorded.GetProperty("weights").GetInt64(), cost.Weights);
        ParityLog.AddExact("nncf_llama_tiny FLOPs and weights");
    }

    [Fact]
    public void Compute_Minimal_LossEqualsNncf()
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(Repository.Fixture("llama-tiny-elastic", "expected.safetensors"));
        var (model, adapter) = TinyLora.Load();
        adapter.Activate(adapter.Space!.Minimal);

        var loss = CausalLoss.Compute(model, TokenBatch.Pad(TinyLora.Examples(file), [0, 1, 2]))!;

        Close.Relative(
            "nncf_llama_tiny loss", Recording.GetProperty("minimal_loss").GetDouble(), loss.item<float>(), 1e-5);
    }

    [Fact]
    public void Parameters_SuperAdapter_AreTheOnesThatNncfTrains()
    {
        using var scope = NewDisposeScope();
        var recorded = Recording.GetProperty("trainable_parameters").EnumerateArray()
            .Select(name => name.GetString()!.Replace(".default", "", StringComparison.Ordinal)).ToHashSet();

        var own = TinyLora.Load().Adapter.Parameters.Select(named => $"base_model.model.{named.Name}").ToHashSet();

        Assert.Equal(24, recorded.Count);
        Assert.Equal(recorded, own);
        ParityLog.AddExact("nncf_llama_tiny trained parameters");
    }

    [Fact]
    public void At_FirstEpochOfTheRealController_EqualsNncf()
    {
        var recorded = Recording.GetProperty("lr_first_epoch_7_iters_real_controller").EnumerateArray().ToArray();
        var stage = Assert.Single(TinyLora.Configuration.Stages);
        var rate = new StageLearningRate(stage.InitLearningRate, stage.LearningRateEpochs, recorded.Length);

        Assert.All(recorded, (expected, step) => Close.Relative(
            "nncf_llama_tiny learning rates", expected.GetDouble(), rate.At(0, step), 1e-12));
    }

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];
}
