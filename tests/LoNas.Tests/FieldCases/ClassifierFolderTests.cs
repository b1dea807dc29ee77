using System.Text.Json;
using LoNas.Data;
using LoNas.Elastic;
using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using LoNas.Training;
using static TorchSharp.torch;

namespace LoNas.Tests.FieldCases;

/// <summary>
/// A classifier trained for another number of labels than its base has: opened, cut out and merged without being told
/// the number again.
/// </summary>
public sealed class ClassifierFolderTests : IDisposable
{
    private static readonly string[] Names = ["entailment", "neutral", "contradiction"];

    private readonly TemporaryFolder _folder = new();

    private string Output => _folder.Path("out");

    private string Adapter => _folder.Path("adapter");

    public static TheoryData<string, string, bool> Cuts => new()
    {
        { "with two labels", "minimal", true },
        { "with two labels", """{"width": {"0": 16, "1": 48, "2": 64, "5": 4}}""", false },
        { "bare", """{"width": {"0": 32, "2": 64, "3": 64}}""", true },
        { "bare", "maximal", true },
    };

    [Theory]
    [MemberData(nameof(Cuts))]
    public void Extract_OtherLabelsThanTheBase_EqualLogitsAndAConfigAsTrained(
        string kind, string subAdapter, bool isUniform)
    {
        using var scope = NewDisposeScope();
        using var model = Base(kind);
        Train(model.Path, Names);
        var expected = Logits(model.Path, Cut(subAdapter));

        var run = Extract(model.Path, Cut(subAdapter));

        Assert.Equal(0, run.ExitCode);
        Assert.Equal([2, 3], expected.shape);
        Assert.InRange(Close.LargestDifference(expected, Logits(Output)), 0, 1e-5);
        var config = Config();
        Assert.Equal(
            """{"0":"entailment","1":"neutral","2":"contradiction"}""",
            JsonSerializer.Serialize(config.GetProperty("id2label")));
        Assert.Equal(2, config.GetProperty("label2id").GetProperty("contradiction").GetInt32());
        Assert.Equal("single_label_classification", config.GetProperty("problem_type").GetString());
        Assert.Equal(
            """["BertForSequenceClassification"]""", JsonSerializer.Serialize(config.GetProperty("architectures")));
        Assert.Equal(isUniform, !config.TryGetProperty("intermediate_sizes", out _));
        Assert.Equal(isUniform, !run.Output.Contains("not in Transformers", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(Output, "vocab.txt")));
    }

    [Fact]
    public void Merge_RegressionOverABaseOfTwoLabels_EqualLogits()
    {
        using var scope = NewDisposeScope();
        using var model = Base("with two labels");
        Train(model.Path, labels: 1);
        var expected = Logits(model.Path, "maximal");

        var run = CliRun.Of(
            "merge", "--model_name_or_path", model.Path, "--lora_weights", Adapter, "--output_dir", Output);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal([2, 1], expected.shape);
        Assert.InRange(Close.LargestDifference(expected, Logits(Output)), 0, 1e-5);
        Assert.Equal("regression", Config().GetProperty("problem_type").GetString());
        Assert.Equal("""{"0":"LABEL_0"}""", JsonSerializer.Serialize(Config().GetProperty("id2label")));
    }

    [Fact]
    public void Extract_KeptAdapter_OpensBesideItsBaseWithTheSameLogits()
    {
        using var scope = NewDisposeScope();
        using var model = Base("bare");
        Train(model.Path, Names);
        var expected = Logits(model.Path, "minimal");

        Assert.Equal(0, Extract(model.Path, "minimal", "--keep_adapter").ExitCode);

        using var kept = ElasticModel.Open(new OpenOptions
        {
            Model = Output,
            Adapter = Path.Combine(Output, "adapter"),
            NeedsTokenizer = false,
        });
        Assert.InRange(Close.LargestDifference(expected, kept.Classifier.Classify(TinyFamilies.Ids())), 0, 1e-5);
    }

    /// <summary>PyTorch's file is looked into as the other one is.</summary>
    [Fact]
    public void Open_AdapterInPyTorchsFormat_HasItsOwnLabels()
    {
        using var scope = NewDisposeScope();
        using var model = Base("with two labels");
        Train(model.Path, labels: 3, safetensors: false);

        using var opened = Open(model.Path);

        Assert.Equal((3, 3), (opened.Folder.LabelCount, opened.Classifier.LabelCount));
        Assert.Null(opened.LabelNames);
    }

    [Fact]
    public void Open_AdapterOfAnotherTask_RefusedWithBothNumbers()
    {
        using var model = Base("with two labels");
        Train(model.Path, Names);

        var error = Assert.Throws<InvalidDataException>(() => ElasticModel.Open(new OpenOptions
        {
            Model = model.Path,
            Adapter = Adapter,
            NeedsTokenizer = false,
            Labels = 2,
        }));

        Assert.Contains("was trained for 3 labels, and 2 are asked for", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bare", 2, "has none")]
    [InlineData("with two labels", 3, "has one of 2, and not of 3, labels")]
    [InlineData("with two labels", 2, null)]
    public void Open_NewAdapter_TellsOfARandomClassifier(string kind, int labels, string? told)
    {
        using var model = Base(kind);
        var log = new NoticeList();

        using var opened = ElasticModel.Open(NewAdapter(model.Path) with { Labels = labels, Logger = log });

        Assert.Equal(told is null, opened.Folder.HasHead);
        Assert.Equal(told is null ? 0 : 1, log.Texts.Count(line => told is null
            ? line.Contains("random", StringComparison.Ordinal) : line.EndsWith(told, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("multi_label_classification", null, "a text may then have several labels")]
    [InlineData("regression", null, "with 2 scores; one number is what is trained")]
    [InlineData("single_label_classification", 1, "with a single label there is nothing to tell apart")]
    [InlineData("single_label_classification", null, null)]
    public void TrainingRun_ProblemTypeOfConfig_IsHonoured(string type, int? labels, string? refusal)
    {
        using var model = Base("bare");
        var count = labels is null ? "" : $"\"num_labels\": {labels}, ";
        model.Edit("config.json", "\"pad_token_id\"", $"\"problem_type\": \"{type}\", {count}\"pad_token_id\"");
        var data = new TrainingData
        {
            Encoded = Encoded(new TrainingExample([5, 9], []) { Target = 1 }),
            EncodedValidation = Encoded(),
            RecordNumbers = [1],
            Options = new DataOptions(),
        };

        var error = Record.Exception(() =>
        {
            using var opened = ElasticModel.Open(NewAdapter(model.Path));
            new TrainingRun(opened, data, new TrainingOptions()).Dispose();
        });

        Assert.Equal(refusal is null, error is null);
        if (refusal is not null)
        {
            Assert.Contains($"problem_type {type}: {refusal}", error!.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void RunGlue_SeveralLabelsATextInTheBase_RefusedBeforeAnythingIsWritten()
    {
        using var sample = new GlueSample();
        var config = Path.Combine(sample.Model, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace(
            "\"model_type\"", "\"problem_type\": \"multi_label_classification\", \"model_type\"",
            StringComparison.Ordinal));

        var run = CliRun.Of(sample.Training());

        ErrorTable.Require("labels that are not trained", run.ExitCode, run.Error);
        Assert.False(Directory.Exists(sample.Output));
    }

    [Fact]
    public void RunGlue_AdapterOfAnotherTask_RefusedWithBothNumbers()
    {
        using var sample = new GlueSample();
        Train(sample.Model, Names);

        var run = CliRun.Of(sample.Trained(("lora_weights", Adapter), ("do_eval", "True")));

        ErrorTable.Require("adapter of a task with other labels", run.ExitCode, run.Error);
    }

    [Fact]
    public void Inspect_UnknownProblemType_IsRefused()
    {
        using var model = Base("bare");
        model.Edit("config.json", "\"pad_token_id\"", "\"problem_type\": \"multi_label\", \"pad_token_id\"");

        var run = CliRun.Of("inspect", "--model_name_or_path", model.Path);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(
            "problem_type is 'multi_label'; expected regression, single_label_classification or "
            + "multi_label_classification", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_Classifier_RefusedWithTheWayThatWorks()
    {
        var run = CliRun.Of("generate", "--model_name_or_path", Repository.Fixture("bert-tiny"), "--prompt", "a");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("is a bert classifier; expected a language model", run.Error, StringComparison.Ordinal);
        Assert.Contains("'lonas run-glue' with --do_predict", run.Error, StringComparison.Ordinal);
        Assert.Contains("'lonas evaluate' with --tasks glue:mrpc", run.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>The recorded classifier of two labels, or the encoder alone as BertModel saves it.</summary>
    private static FolderCopy Base(string kind)
    {
        var copy = new FolderCopy("bert-tiny");
        File.WriteAllText(Path.Combine(copy.Path, "vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n");
        if (kind == "bare")
        {
            copy.RenameTensors(name => name.StartsWith("classifier", StringComparison.Ordinal) ? null
                : name.Replace("bert.", "", StringComparison.Ordinal));
            copy.Edit("config.json", "BertForSequenceClassification", "BertModel");
        }

        return copy;
    }

    private static EncodedDataset Encoded(params TrainingExample[] examples) => new()
    {
        Examples = examples,
        UncutLengths = [.. examples.Select(each => each.InputIds.Length)],
        TruncatedCount = 0,
    };

    private static OpenOptions NewAdapter(string model) => new()
    {
        Model = model,
        NewAdapter = new LoraOptions
        {
            Rank = 8,
            Alpha = 16,
            TargetModules = ["query", "value"],
            ModulesToSave = ["pooler.dense"],
            TaskType = LoraOptions.ClassificationTask,
        },
        Configuration = TinyFamilies.Configuration("bert"),
        NeedsTokenizer = false,
    };

    private void Train(string model, string[]? names = null, int? labels = null, bool safetensors = true)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var opened = ElasticModel.Open(NewAdapter(model) with { Labels = labels, LabelNames = names });
        foreach (var (_, parameter) in opened.Adapter.Parameters)
        {
            parameter.add_(randn(parameter.shape).mul_(0.1));
        }

        opened.Save(Adapter, safetensors);
    }

    private ElasticModel Open(string model, string? subAdapter = null) => ElasticModel.Open(new OpenOptions
    {
        Model = model,
        Adapter = Adapter,
        NeedsTokenizer = false,
        SubAdapter = subAdapter is null ? null : new SubAdapterChoice(subAdapter),
    });

    private Tensor Logits(string model, string subAdapter)
    {
        using var opened = Open(model, subAdapter);
        return opened.Classifier.Classify(TinyFamilies.Ids());
    }

    private static Tensor Logits(string folder)
    {
        using var opened = ElasticModel.Open(new OpenOptions { Model = folder, NeedsTokenizer = false });
        return opened.Classifier.Classify(TinyFamilies.Ids());
    }

    private CliRun Extract(string model, string subAdapter, params string[] more) => CliRun.Of(
    [
        "extract", "--model_name_or_path", model, "--lora_weights", Adapter, "--sub_adapter", subAdapter,
        "--output_dir", Output, .. more,
    ]);

    private string Cut(string subAdapter)
    {
        if (!subAdapter.StartsWith('{'))
        {
            return subAdapter;
        }

        File.WriteAllText(_folder.Path("cut.json"), subAdapter);
        return _folder.Path("cut.json");
    }

    private JsonElement Config() => JsonInput.Load(Path.Combine(Output, "config.json"), "test");
}
