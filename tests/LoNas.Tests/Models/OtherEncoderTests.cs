using System.Text.Json;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Models.Attention;
using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using LoNas.Text;
using static TorchSharp.torch;

namespace LoNas.Tests.Models;

/// <summary>RoBERTa and DistilBERT: their scores by the published formulas, and what is made of them.</summary>
public sealed class OtherEncoderTests : IDisposable
{
    private static readonly long[][] Rows =
        [[0, 5, 17, 9, 31, 2, 2, 7, 38, 11, 4, 2], [0, 33, 8, 21, 6, 12, 2], [0, 10, 3, 3, 39, 25, 14, 13, 2]];

    private readonly TemporaryFolder _work = new();

    public static TheoryData<string> Families => ["roberta", "distilbert"];

    [Theory]
    [MemberData(nameof(Families))]
    public void Classify_PaddedRows_EqualTheFormulas(string family)
    {
        using var scope = NewDisposeScope();
        using var plain = new PlainEncoder(family);
        using var model = Open(plain.Folder);
        var expected = stack([.. Rows.Select(row => plain.Logits(row))]);

        foreach (long pad in new[] { plain.Pad, 0 })
        {
            var (ids, mask) = Batch(pad);
            Close.Absolute(expected, model.Classifier.Classify(ids, mask), 1e-5);
            var packed = new PackedRows([.. Rows.Select(row => row.Length)], ids.shape[1], CPU);
            Close.Absolute(expected, model.Classifier.Classify(ids, mask, null, packed), 1e-5);
        }

        // Segments, which a tokenizer's file may make, are not known to it.
        var pair = tensor(Rows[0]).unsqueeze(0);
        Close.Absolute(expected[0], model.Classifier.Classify(pair, null, pair.gt(6).to(ScalarType.Int64))[0], 1e-5);
    }

    /// <summary>Transformers counts the positions of all ids but the padding token's, wherever one stands.</summary>
    [Fact]
    public void Classify_RobertaWithPadsWithin_CountsPositionsOfTheOthers()
    {
        using var scope = NewDisposeScope();
        using var plain = new PlainEncoder("roberta");
        using var model = Open(plain.Folder);
        long[] row = [0, 5, 1, 9, 1, 31, 2];

        Close.Absolute(plain.Logits(row), model.Classifier.Classify(tensor(row).unsqueeze(0))[0], 1e-5);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Classify_MoreTokensThanPositions_IsRefused(string family)
    {
        using var scope = NewDisposeScope();
        using var plain = new PlainEncoder(family);
        using var model = Open(plain.Folder);

        model.Classifier.Classify(full(1, 32, 5, ScalarType.Int64));
        var error = Assert.Throws<ArgumentException>(
            () => model.Classifier.Classify(full(1, 33, 5, ScalarType.Int64)));

        Assert.Contains("33 tokens and the model has learned 32 positions", error.Message, StringComparison.Ordinal);
        Assert.Equal(32, model.Folder.Config.MaxPositions);
    }

    [Theory]
    [InlineData("roberta", "classifier.dense", "classifier.out_proj")]
    [InlineData("distilbert", "classifier", "pre_classifier")]
    public void Open_EncoderAlone_TrainsTheHeadThatPeftTrains(string family, params string[] trained)
    {
        using var plain = new PlainEncoder(family);
        plain.Save(name => name.Contains("classifier", StringComparison.Ordinal) ? null
            : name.Replace($"{family}.", "", StringComparison.Ordinal));

        using var model = ElasticModel.Open(NewAdapter(plain.Folder) with { Labels = 3 });

        Assert.False(model.Folder.HasHead);
        Assert.Equal(3, model.Classifier.LabelCount);
        Assert.Equal(
            trained.SelectMany(path => new[] { $"{path}.bias", $"{path}.weight" }),
            model.Adapter.Parameters.Select(entry => entry.Name)
                .Where(name => !name.Contains(".lora_", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(2 * 2 * 2 + 4, model.Adapter.Parameters.Count());
    }

    /// <summary>Mean and spread of the loss tell where something is dropped, and how much.</summary>
    [Theory]
    [InlineData("roberta", 0.4, 0, 0)]
    [InlineData("roberta", 0, 0.4, 0)]
    [InlineData("roberta", 0, 0, 0.4)]
    [InlineData("distilbert", 0.4, 0, 0)]
    [InlineData("distilbert", 0, 0.4, 0)]
    [InlineData("distilbert", 0, 0, 0.4)]
    public void Train_OwnDropout_IsWhereTransformersHasIt(string family, double hidden, double attention, double head)
    {
        const int draws = 800;
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var plain = new PlainEncoder(family, (hidden, attention, head));
        using var model = ElasticModel.Open(NewAdapter(plain.Folder));
        var row = tensor(Rows[0]).unsqueeze(0);
        Close.Absolute(plain.Logits(Rows[0]), model.Classifier.Classify(row)[0], 1e-5);

        ((nn.Module)model.Classifier).train();
        var own = Losses(() => model.Classifier.Classify(row)[0]);
        var others = Losses(() => plain.Drawn(Rows[0]));

        double error = Math.Sqrt((Variance(own) + Variance(others)) / draws);
        Assert.InRange(Math.Abs(own.Average() - others.Average()) / error, 0, 4);
        Assert.InRange(Math.Sqrt(Variance(own) / Variance(others)), 0.8, 1.25);
        Assert.True(Variance(own) > 1e-6);

        static double Variance(double[] losses) =>
            losses.Average(loss => loss * loss) - (losses.Average() * losses.Average());

        static double[] Losses(Func<Tensor> logits) => [.. Enumerable.Range(0, draws).Select(_ =>
        {
            using var each = NewDisposeScope();
            return -logits().to(ScalarType.Float64).log_softmax(0)[1].item<double>();
        })];
    }

    [Theory]
    [InlineData("roberta", "intermediate_size", "Roberta", "minimal")]
    [InlineData("distilbert", "hidden_dim", "DistilBert", "minimal")]
    [InlineData("roberta", "intermediate_size", "Roberta", """{"width": {"0": 16, "5": 24}}""")]
    [InlineData("distilbert", "hidden_dim", "DistilBert", """{"width": {"0": 16, "5": 24}}""")]
    public void Extract_MadeConfiguration_EqualLogitsAndTransformersKeys(
        string family, string key, string name, string subAdapter)
    {
        using var scope = NewDisposeScope();
        using var plain = new PlainEncoder(family);
        var (configuration, adapter) = (_work.Path("nncf.json"), _work.Path("adapter"));
        Run("make-config", "--preset", "glue", "--model_name_or_path", plain.Folder, "--output", configuration);
        Assert.DoesNotContain("token_type_ids", File.ReadAllText(configuration), StringComparison.Ordinal);
        Train(plain.Folder, configuration, adapter);
        var cut = subAdapter.StartsWith('{') ? _work.Path("cut.json") : subAdapter;
        if (cut != subAdapter)
        {
            File.WriteAllText(cut, subAdapter);
        }

        var (ids, mask) = Batch(plain.Pad);
        Tensor expected;
        using (var masked = ElasticModel.Open(new OpenOptions
        {
            Model = plain.Folder,
            Adapter = adapter,
            SubAdapter = new SubAdapterChoice(cut),
            NeedsTokenizer = false,
        }))
        {
            expected = masked.Classifier.Classify(ids, mask);
        }

        Run("extract", "--model_name_or_path", plain.Folder, "--lora_weights", adapter, "--sub_adapter", cut,
            "--output_dir", _work.Path("small"));

        using var small = Open(_work.Path("small"));
        Close.Absolute(expected, small.Classifier.Classify(ids, mask), 1e-5);
        var config = JsonInput.Load(_work.Path("small", "config.json"), "test");
        bool isMinimal = cut == subAdapter;
        Assert.Equal(isMinimal ? 24 : 48, config.GetProperty(key).GetInt32());
        Assert.Equal(isMinimal, !config.TryGetProperty("intermediate_sizes", out _));
        Assert.Equal(isMinimal ? 2 : 1, config.GetProperty("pruned_heads").EnumerateObject().Count());
        Assert.Equal("[2,3]", JsonSerializer.Serialize(config.GetProperty("pruned_heads").GetProperty("0")));
        Assert.Equal($"{name}ForSequenceClassification", config.GetProperty("architectures")[0].GetString());
        Assert.Contains(
            "MACs with the products of attention", Run("inspect", "--model_name_or_path", _work.Path("small")),
            StringComparison.Ordinal);
    }

    /// <summary>RoBERTa's pairs: two separators between the texts, and one segment.</summary>
    [Fact]
    public void EncodePair_RobertasTokenizer_IsTransformersLayout()
    {
        File.WriteAllText(_work.Path("tokenizer.json"), """
            {"version": "1.0", "added_tokens": [
              {"id": 0, "content": "<s>", "special": true}, {"id": 1, "content": "<pad>", "special": true},
              {"id": 2, "content": "</s>", "special": true}, {"id": 3, "content": "<unk>", "special": true}],
             "normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
             "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0],
               "trim_offsets": true, "add_prefix_space": false},
             "decoder": {"type": "ByteLevel"},
             "model": {"type": "BPE", "vocab": {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "\u0120": 6,
               "ab": 7}, "merges": ["a b"]}}
            """);

        var pair = TextTokenizer.Load(_work.Root).EncodePair("ab a", "ba");

        Assert.Equal([0, 7, 6, 4, 2, 2, 5, 4, 2], pair.InputIds);
        Assert.All(pair.TokenTypeIds, type => Assert.Equal(0, type));
    }

    public void Dispose() => _work.Dispose();

    private static ElasticModel Open(string folder) =>
        ElasticModel.Open(new OpenOptions { Model = folder, NeedsTokenizer = false });

    private static OpenOptions NewAdapter(string folder) => new()
    {
        Model = folder,
        NewAdapter = new LoraOptions
        {
            Rank = 8,
            Alpha = 16,
            TargetModules = ModelFolder.Open(folder).Family.Targets,
            TaskType = LoraOptions.ClassificationTask,
        },
        NeedsTokenizer = false,
    };

    private static void Train(string folder, string configuration, string adapter)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = ElasticModel.Open(NewAdapter(folder) with { ConfigurationFile = configuration, Labels = 3 });
        foreach (var (_, parameter) in model.Adapter.Parameters)
        {
            parameter.add_(randn(parameter.shape).mul_(0.1));
        }

        model.Save(adapter);
    }

    private static (Tensor Ids, Tensor Mask) Batch(long pad)
    {
        int columns = Rows.Max(row => row.Length);
        var ids = stack([.. Rows.Select(row => tensor([.. row, .. Enumerable.Repeat(pad, columns - row.Length)]))]);
        var mask = stack([.. Rows.Select(row => arange(columns).less(row.Length))]);
        return (ids, mask);
    }

    private static string Run(params string[] args)
    {
        var run = CliRun.Of(args);
        Assert.Equal((0, ""), (run.ExitCode, run.ExitCode == 0 ? "" : run.Error));
        return run.Output;
    }
}
