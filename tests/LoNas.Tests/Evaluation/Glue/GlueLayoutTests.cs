using LoNas.Data;
using LoNas.Errors;
using LoNas.Evaluation.Glue;
using LoNas.Hub;
using LoNas.Tests.Support;

namespace LoNas.Tests.Evaluation.Glue;

/// <summary>Small files in the layouts that GLUE's nine tasks have, by GLUE itself and on the hub.</summary>
public sealed class GlueLayoutTests : IDisposable
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private const string Inference = "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\t"
        + "sentence1_parse\tsentence2_parse\tsentence1\tsentence2";

    private readonly TemporaryFolder _folder = new();

    /// <summary>Task, file, split, part, its lines, and the texts with labels that they hold.</summary>
    public static TheoryData<string, string, GlueSplit, string, string, string> Layouts => new()
    {
        {
            "cola", "CoLA/train.tsv", GlueSplit.Train, "", "gj04\t0\t*\tThe \"more\ngj04\t1\t\tIt \"goes.",
            "The \"more|0/It \"goes.|1"
        },
        { "cola", "CoLA/test.tsv", GlueSplit.Test, "", "index\tsentence\n0\tBill left.", "Bill left.|" },
        {
            "sst2", "SST-2/train.tsv", GlueSplit.Train, "", "sentence\tlabel\nhide new secretions \t0",
            "hide new secretions |0"
        },
        { "sst2", "SST-2/test.tsv", GlueSplit.Test, "", "index\tsentence\n0\tuneasy mishmash .", "uneasy mishmash .|" },
        {
            "mrpc", "MRPC/train.tsv", GlueSplit.Train, "",
            "\uFEFFQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t702876\t702977\t\" a\tb", "\" a+b|1"
        },
        {
            "mrpc", "MRPC/test.tsv", GlueSplit.Test, "",
            "index\t#1 ID\t#2 ID\t#1 String\t#2 String\n0\t1089874\t1089925\ta\tb", "a+b|"
        },
        {
            "mrpc", "MRPC/test.tsv", GlueSplit.Test, "",
            "\uFEFFQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n0\t1089874\t1089925\ta\tb\r\n", "a+b|0"
        },
        {
            "qqp", "QQP/dev.tsv", GlueSplit.Validation, "",
            "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n201359\t303345\t303346\tWhy?\tWhen?\t1", "Why?+When?|1"
        },
        { "qqp", "QQP/test.tsv", GlueSplit.Test, "", "id\tquestion1\tquestion2\n0\tWhy?\tWhen?", "Why?+When?|" },
        {
            "stsb", "STS-B/train.tsv", GlueSplit.Train, "",
            "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n"
                + "0\tmain-captions\tMSRvid\t2012test\t0001\tnone\tnone\ta\tb\t3.800", "a+b|3.8"
        },
        {
            "stsb", "STS-B/test.tsv", GlueSplit.Test, "",
            "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\n"
                + "0\tmain-captions\tMSRvid\t2012test\t0024\tnone\tnone\ta\tb", "a+b|"
        },
        {
            "mnli", "MNLI/train.tsv", GlueSplit.Train, "",
            $"{Inference}\tlabel1\tgold_label\n0\t31193\t31193n\tgov\t( a )\t( b )\tx\ty\ta\tb\tneutral\tneutral",
            "a+b|1"
        },
        {
            "mnli", "MNLI/dev_mismatched.tsv", GlueSplit.Validation, "_mismatched",
            $"{Inference}\tlabel1\tlabel2\tlabel3\tlabel4\tlabel5\tgold_label\n"
                + "0\t75290\t75290c\tletters\tp\tq\tx\ty\ta\tb\tcontradiction\tneutral\tneutral\tneutral\tneutral\t"
                + "contradiction",
            "a+b|2"
        },
        {
            "mnli", "MNLI/test_matched.tsv", GlueSplit.Test, "_matched", $"{Inference}\n0\t1\t2\tg\tp\tq\tx\ty\ta\tb",
            "a+b|"
        },
        {
            "qnli", "QNLI/train.tsv", GlueSplit.Train, "",
            "index\tquestion\tsentence\tlabel\n0\tWhen?\tThen.\tentailment\n1\tWhy?\tThus.\tnot_entailment",
            "When?+Then.|0/Why?+Thus.|1"
        },
        { "qnli", "QNLI/test.tsv", GlueSplit.Test, "", "index\tquestion\tsentence\n0\tWhen?\tThen.", "When?+Then.|" },
        {
            "rte", "RTE/dev.tsv", GlueSplit.Validation, "",
            "index\tsentence1\tsentence2\tlabel\n0\ta\tb\tnot_entailment", "a+b|1"
        },
        { "rte", "RTE/test.tsv", GlueSplit.Test, "", "index\tsentence1\tsentence2\n0\ta\tb", "a+b|" },
        {
            "wnli", "WNLI/train.tsv", GlueSplit.Train, "",
            "index\tsentence1\tsentence2\tlabel\n0\ta\tb\t1\n1\tc\td\t0", "a+b|1/c+d|0"
        },
        { "wnli", "WNLI/test.tsv", GlueSplit.Test, "", "index\tsentence1\tsentence2\n0\ta\tb", "a+b|" },
        {
            "mnli", "mnli/validation_matched.jsonl", GlueSplit.Validation, "_matched",
            """{"premise": "a", "hypothesis": "b", "label": 2, "idx": 0}""", "a+b|2"
        },
        {
            "stsb", "stsb/test.jsonl", GlueSplit.Test, "",
            """{"sentence1": "a", "sentence2": "b", "label": -1.0, "idx": 0}""", "a+b|"
        },
        { "sst2", "sst2/test.jsonl", GlueSplit.Test, "", """{"sentence": "a", "label": -1, "idx": 0}""", "a|" },
        {
            "qnli", "qnli/train.json", GlueSplit.Train, "",
            """[{"question": "a", "sentence": "b", "label": "entailment"}]""", "a+b|0"
        },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Load_TrueLayout_HasItsTextsAndLabels(
        string task, string file, GlueSplit split, string part, string content, string expected)
    {
        Write(file, content);
        var notices = new NoticeList();
        var texts = GlueData.Load(Task(task), _folder.Root, split, part, logger: notices);

        Assert.Equal(expected, string.Join('/', texts.Select(text => FormattableString.Invariant(
            $"{text.First}{(text.Second is null ? "" : $"+{text.Second}")}|{text.Label}"))));
        Assert.Empty(notices.Texts);
    }

    /// <summary>GLUE's own QQP has rows that end early, which Hugging Face's loader leaves out.</summary>
    [Fact]
    public void Load_BrokenRowsOfQqp_AreLeftOutAndTold()
    {
        var path = Write("QQP/train.tsv", "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n1\t2\t3\ta\tb\t0\n"
            + "4\t5\t6\tc\n7\t8\t9\td\te\t\n10\t11\t12\tf\tg\t1\n");
        var notices = new NoticeList();
        var texts = GlueData.Load(Task("qqp"), _folder.Root, GlueSplit.Train, logger: notices);

        Assert.Equal([("a", 0.0), ("f", 1.0)], texts.Select(text => (text.First, text.Label!.Value)));
        Assert.Equal(
            [$"2 of 4 rows of '{path}' have no whole pair with a label and are left out, as Hugging Face's loader "
                + "leaves them out: line 3, line 4"], notices.Texts);
    }

    [Fact]
    public void Load_RowsOfMnliWithoutAgreement_AreLeftOutAndTold()
    {
        Write("MNLI/dev_matched.tsv", $"{Inference}\tgold_label\n0\t1\t2\tg\tp\tq\tx\ty\ta\tb\t-\n"
            + "1\t1\t2\tg\tp\tq\tx\ty\tc\td\tentailment\n");
        var notices = new NoticeList();

        Assert.Equal("c", Assert.Single(
            GlueData.Load(Task("mnli"), _folder.Root, GlueSplit.Validation, "_matched", logger: notices)).First);
        Assert.Contains("1 of 2 rows", Assert.Single(notices.Texts));
    }

    /// <summary>File, content, and what its message says beside the file.</summary>
    [Theory]
    [InlineData(
        "rte/train.jsonl", """{"sentence1": "a", "sentence2": "b", "label": 7}""",
        "line 1: the label 'label' is '7'; expected entailment, not_entailment")]
    [InlineData(
        "rte/train.jsonl", """{"sentence1": "a", "sentence2": "b", "label": -1}""",
        "line 1: the label 'label' is '-1'")]
    [InlineData("rte/train.jsonl", """{"sentence1": "a", "sentence2": null, "label": 1}""", "line 1: no 'sentence2'")]
    [InlineData(
        "rte/train.jsonl", """{"sentence1": 5, "sentence2": "b", "label": 1}""",
        "line 1: 'sentence1' is 5; expected text")]
    [InlineData("rte/train.jsonl", """{"sentence1": "a", "sentence2": "b"}""", "has no column 'label'")]
    [InlineData("RTE/train.tsv", "index\tsentence1\tsentence2\n0\ta\tb", "has no column 'label'")]
    [InlineData(
        "STS-B/train.tsv", "sentence1\tsentence2\tscore\na\tb\t5.5",
        "line 2: the label 'score' is '5.5'; expected a number from 0 to 5")]
    [InlineData("STS-B/train.tsv", "sentence1\tsentence2\tscore\na\tb\tnan", "line 2: the label 'score' is 'nan'")]
    [InlineData(
        "QQP/train.tsv", "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n1\t2\t3\ta\tb\tc\t0",
        "line 2: 7 columns; expected 6")]
    [InlineData(
        "CoLA/train.tsv", "gj04\t1\t\ta\ngj04\t1\tb\n\ngj04\t2\t\tc",
        "\n  line 2: 3 columns; expected 4 (0, 1, 2, 3)\n"
            + "  line 4: the label '1' is '2'; expected unacceptable, acceptable")]
    public void Load_BadData_NamesFileAndPlace(string file, string content, string expected)
    {
        var path = Write(file, content);
        var task = GlueTask.All.Single(
            each => file.StartsWith(each.Name + "/") || file.StartsWith(each.Files.Folder + "/"));
        var error = Assert.Throws<InvalidDataException>(() => GlueData.Load(task, _folder.Root, GlueSplit.Train));

        Assert.Contains(expected, error.Message);
        Assert.Contains(path, error.Message);
    }

    [Fact]
    public async Task Load_LabelOfParquetOutOfRange_NamesTheRow()
    {
        var path = _folder.Path("rte", "train-00000-of-00001.parquet");
        await ParquetFile.Write(path,
            [("sentence1", new[] { "a", "c" }), ("sentence2", new[] { "b", "d" }), ("label", new long[] { 1, 7 })]);
        var error = Assert.Throws<InvalidDataException>(
            () => GlueData.Load(Task("rte"), _folder.Root, GlueSplit.Train));

        Assert.Contains($"'{path}' has 1 bad of 2 rows", error.Message);
        Assert.Contains("row 2: the label 'label' is '7'", error.Message);
    }

    [Fact]
    public async Task Load_OneShardOfTwo_IsRefused()
    {
        await ParquetFile.Write(_folder.Path("rte", "train-00001-of-00002.parquet"), [("sentence1", new[] { "a" })]);

        Assert.Contains("has 1 Parquet files of train, whose names speak of 2", Assert.Throws<InvalidDataException>(
            () => GlueData.Load(Task("rte"), _folder.Root, GlueSplit.Train)).Message);
    }

    /// <summary>The name of the data set's folder in the cache, now and for the oldest downloads.</summary>
    [Theory]
    [InlineData("datasets--nyu-mll--glue")]
    [InlineData("datasets--glue")]
    public async Task Load_HubsCache_IsReadWhereTheFolderHasNothing(string repository)
    {
        Write($"hub/{repository}/refs/main", Commit);
        await ParquetFile.Write(
            _folder.Path("hub", repository, "snapshots", Commit, "rte", "train-00000-of-00001.parquet"),
            [("sentence1", new[] { "a" }), ("sentence2", new[] { "b" }), ("label", new long[] { 1 })]);
        var hub = new HubSettings { CacheFolder = _folder.Path("hub") };
        IReadOnlyList<LabelledText> Train(HubSettings? settings) =>
            GlueData.Load(Task("rte"), _folder.Path("none"), GlueSplit.Train, hub: settings);

        Assert.Equal([new LabelledText("a", "b", 1)], Train(hub));
        Assert.Throws<InvalidDataException>(() => Train(null));
        Write("none/RTE/dev.tsv", "index\tsentence1\tsentence2\tlabel\n0\ta\tb\t1");
        Assert.Contains("'rte' has no train data", Assert.Throws<InvalidDataException>(() => Train(hub)).Message);
    }

    [Fact]
    public void Load_Nowhere_NamesEveryPlaceAndTheSetting()
    {
        var hub = new HubSettings { CacheFolder = _folder.Path("hub") };
        var error = Assert.Throws<InvalidDataException>(() => GlueData.Load(
            Task("mnli"), _folder.Root, GlueSplit.Test, "_matched", hub));

        Assert.All(
            [
                _folder.Path("MNLI", "test_matched.tsv"),
                $"'{_folder.Path("mnli")}' with test_matched.jsonl, .json, .parquet",
                _folder.Path("hub", "datasets--nyu-mll--glue"), _folder.Path("hub", "datasets--glue"),
            ], place => Assert.Contains(place, error.Message));
        Assert.Equal([Setting.GlueData], error.Settings());
    }

    private static GlueTask Task(string name) => GlueTask.All.Single(task => task.Name == name);

    private string Write(string path, string content)
    {
        var full = _folder.Path(path.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
        return full;
    }
}
