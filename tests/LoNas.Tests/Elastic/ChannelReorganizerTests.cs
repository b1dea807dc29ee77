using LoNas.Data;
using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Tests.Support;
using LoNas.Training;
using LoNas.Training.LearningRates;
using static TorchSharp.torch;

namespace LoNas.Tests.Elastic;

public sealed class ChannelReorganizerTests
{
    [Theory]
    [InlineData("llama", ChannelNorm.L1)]
    [InlineData("llama", ChannelNorm.L2)]
    [InlineData("llama", ChannelNorm.GeometricMedian)]
    [InlineData("bloom", ChannelNorm.L1)]
    [InlineData("bloom", ChannelNorm.L2)]
    [InlineData("bloom", ChannelNorm.GeometricMedian)]
    public void Reorganize_FullWidth_LeavesOutputsAndSortsChannels(string family, ChannelNorm norm)
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = TinyFamilies.LoadCausal(family);
        var before = Logits(model);
        var cutBefore = Cut(model, adapter);

        ChannelReorganizer.Reorganize(adapter, norm);

        Close.Absolute(before, Logits(model), 1e-4);
        Assert.True(Close.LargestDifference(cutBefore, Cut(model, adapter)) > 1e-2, "a cut keeps other channels now");
        Assert.All(adapter.Space!.Groups, group =>
        {
            var importance = ChannelReorganizer.Importance(adapter, group, norm);
            Assert.Equal(group.Widths[0], importance.Length);
            Assert.All(importance.Zip(importance.Skip(1)), pair => Assert.True(pair.First >= pair.Second - 1e-4));
        });
    }

    /// <summary>NNCF's three measures, worked out in double precision.</summary>
    [Theory]
    [InlineData(ChannelNorm.L1)]
    [InlineData(ChannelNorm.L2)]
    [InlineData(ChannelNorm.GeometricMedian)]
    public void Importance_GateAndUp_IsTheSumOverTheMembersRows(ChannelNorm norm)
    {
        using var scope = NewDisposeScope();
        var (_, adapter) = TinyFamilies.LoadCausal("llama");
        var group = adapter.Space!.Groups.First(group => !group.IsRank);

        var importance = ChannelReorganizer.Importance(adapter, group, norm);

        var members = group.Members.Select(member =>
        {
            var layer = adapter.Layers[member.ModulePath];
            var weight = member.Part == AdapterPart.LoraB ? layer.LoraB! : layer.Weight;
            return weight.data<float>().ToArray().Chunk((int)weight.shape[1]).ToArray();
        }).ToArray();
        Assert.Equal(4, members.Length);
        for (int channel = 0; channel < importance.Length; channel++)
        {
            double expected = members.Sum(rows => norm switch
            {
                ChannelNorm.L1 => rows[channel].Sum(value => Math.Abs((double)value)),
                ChannelNorm.L2 => Distance(rows[channel], new float[rows[channel].Length]),
                _ => rows.Sum(other => Distance(rows[channel], other)),
            });
            // Libtorch takes distances out of products of matrices, which loses digits.
            Assert.Equal(1, importance[channel] / expected, norm == ChannelNorm.GeometricMedian ? 1e-4 : 1e-6);
        }

        static double Distance(float[] row, float[] other) =>
            Math.Sqrt(row.Zip(other).Sum(pair => Math.Pow((double)pair.First - pair.Second, 2)));
    }

    [Fact]
    public void Reorganize_BertHeads_MovesWholeHeads()
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = TinyFamilies.LoadBert();
        var query = adapter.Layers["bert.encoder.layer.0.attention.self.query"];
        var rows = query.Weight.detach().clone();
        var before = model.Classify(TinyFamilies.Ids());

        ChannelReorganizer.Reorganize(adapter, ChannelNorm.L2);

        Close.Absolute(before, model.Classify(TinyFamilies.Ids()), 1e-5);
        var heads = adapter.Space!.Groups[0];
        var sums = ChannelReorganizer.Importance(adapter, heads, ChannelNorm.L2).Chunk(16)
            .Select(head => head.Sum()).ToArray();
        Assert.Equal(sums.OrderDescending(), sums);
        // Each head of 16 rows is one of the original heads, with its rows in the original order.
        for (int head = 0; head < 4; head++)
        {
            var moved = query.Weight.narrow(0, head * 16, 16);
            Assert.Contains(
                Enumerable.Range(0, 4), old => moved.equal(rows.narrow(0, old * 16, 16)).all().item<bool>());
        }

        Assert.False(rows.equal(query.Weight).all().item<bool>());
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("bloom")]
    public void Save_ReorganisedAdapter_LoadsWithTheOrderAndOnTheUntouchedBase(string family)
    {
        using var scope = NewDisposeScope();
        var folder = Directory.CreateTempSubdirectory("lonas-test-").FullName;
        try
        {
            var (model, adapter) = TinyFamilies.LoadCausal(family);
            ChannelReorganizer.Reorganize(adapter, ChannelNorm.L2);
            ChannelReorganizer.Reorganize(adapter, ChannelNorm.L1);
            PeftFolder.Save(folder, adapter, "base");

            var (elastic, restored) = TinyFamilies.LoadCausal(family, folder: folder);
            // No bit differs: the same permutations of the same numbers.
            Assert.Equal(Cut(model, adapter).bytes.ToArray(), Cut(elastic, restored).bytes.ToArray());

            // As PEFT would use it: without a search space, on the base in the order of the checkpoint.
            var (plain, untouched) = TinyFamilies.LoadCausal(family, elastic: false, folder: folder);
            Assert.True(untouched.ChannelOrder.IsOriginal);
            Close.Absolute(Logits(model), Logits(plain), 1e-4);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void LoadWeights_OrderThatTheManifestNamesIsMissing_NamesTheFile()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var (_, adapter) = TinyFamilies.LoadCausal("llama");
        ChannelReorganizer.Reorganize(adapter, ChannelNorm.L2);
        PeftFolder.Save(folder.Root, adapter, "base");
        AdapterManifest.Save(folder.Root, adapter, null);
        File.Delete(folder.Path("channel_order.safetensors"));

        var error = Assert.Throws<InvalidDataException>(() => TinyFamilies.LoadCausal("llama", folder: folder.Root));

        Assert.Contains("channel_order.safetensors' does not exist", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadWeights_OrderThatIsNoPermutation_NamesTheGroup()
    {
        using var scope = NewDisposeScope();
        var folder = Directory.CreateTempSubdirectory("lonas-test-").FullName;
        try
        {
            var (_, adapter) = TinyFamilies.LoadCausal("bloom");
            PeftFolder.Save(folder, adapter, "base");
            LoNas.Weights.SafetensorsWriter.Save(
                Path.Combine(folder, "channel_order.safetensors"), [("group.2", zeros(256, ScalarType.Int64))]);

            var error = Assert.Throws<InvalidDataException>(() => TinyFamilies.LoadCausal("bloom", folder: folder));
            Assert.Contains("'group.2'", error.Message, StringComparison.Ordinal);
            Assert.Contains("no order of the channels", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>
    /// At full width a permutation changes nothing, provided that moments and the gradients of an open accumulation
    /// window are permuted as well.
    /// </summary>
    [Theory]
    [InlineData("llama")]
    [InlineData("bloom")]
    public void Run_ReorganisingStageAtFullWidth_LossesAreThoseWithoutIt(string family)
    {
        var plain = Losses(family, reorganizes: false);
        var reorganized = Losses(family, reorganizes: true);

        Assert.Equal(plain.Length, reorganized.Length);
        Assert.All(plain.Zip(reorganized), pair => Assert.Equal(pair.First, pair.Second, 2e-4));
        Assert.True(plain[0] - plain[^1] > 0.05, "the training moves the weights");
    }

    private static double[] Losses(string family, bool reorganizes)
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = TinyFamilies.LoadCausal(family);
        var configuration = TinyFamilies.Configuration(family) with
        {
            Stages =
            [
                new StageDescription { Epochs = 2, InitLearningRate = 2e-3, LearningRateEpochs = 4 },
                new StageDescription
                {
                    Epochs = 2,
                    InitLearningRate = 2e-3,
                    LearningRateEpochs = 4,
                    ReorganizeWeights = reorganizes,
                },
            ],
        };
        var random = new LoNas.Runtime.SeededRandom(5);
        TrainingExample[] examples =
        [
            .. Enumerable.Range(0, 6).Select(_ => Enumerable.Range(0, 8).Select(_ => random.Next(320)).ToArray())
                .Select(ids => new TrainingExample(ids, ids)),
        ];
        // 3 micro-batches per epoch in windows of 2: a window is open when the second stage begins.
        var options = new TrainingOptions
        {
            BatchSize = 2,
            AccumulationSteps = 2,
            MaxSteps = 6,
            LoggingSteps = 1,
            SaveStrategy = IntervalStrategy.No,
        };
        using var trainer = new Trainer(model, adapter, Schedules.Elastic(configuration, 3), examples, [], options);
        trainer.Run(_ => { });
        Assert.Equal(reorganizes, !adapter.ChannelOrder.IsOriginal);
        return [.. trainer.State.LogHistory.Where(entry => entry.ContainsKey("loss")).Select(entry => entry["loss"])];
    }

    private static Tensor Cut(ICausalModel model, SuperAdapter adapter)
    {
        using var active = adapter.Use(adapter.Space!.Minimal);
        return Logits(model).detach();
    }

    private static Tensor Logits(ICausalModel model) => model.Logits(model.HiddenStates(TinyFamilies.Ids())).detach();
}
