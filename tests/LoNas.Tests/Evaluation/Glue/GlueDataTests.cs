using LoNas.Data;
using LoNas.Evaluation.Glue;
using LoNas.Tests.Support;

namespace LoNas.Tests.Evaluation.Glue;

public sealed class GlueDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("cola", 8551, 1043, 721)]
    [InlineData("mrpc", 3667, 408, 279)]
    [InlineData("rte", 2490, 277, 131)]
    public void Load_GluesOwnFiles_HaveTheirPublishedSizes(string name, int training, int validation, int ones)
    {
        var task = Task(name);
        var dev = GlueData.Load(task, SharedData.Path("datasets", "glue"), GlueSplit.Validation);

        Assert.Equal(
            training, GlueData.Load(task, SharedData.Path("datasets", "glue"), GlueSplit.Train).Count);
        Assert.Equal((validation, ones), (dev.Count, dev.Count(text => text.Label == 1)));
        Assert.All(dev, text => Assert.Equal(task.Second is null, text.Second is null));
    }

    [Fact]
    public void Load_StsB_HasNumbers()
    {
        var dev = GlueData.Load(Task("stsb"), SharedData.Path("datasets", "glue"), GlueSplit.Validation);

        Assert.Equal(1500, dev.Count);
        Assert.Equal(new LabelledText(
            "A man with a hard hat is dancing.", "A man wearing a hard hat is dancing.", 5), dev[0]);
        Assert.Equal((0, 5), (dev.Min(text => text.Label), dev.Max(text => text.Label)));
    }

    [Fact]
    public void Load_QuotesInGluesFiles_AreText()
    {
        Write("MRPC/dev.tsv", "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t1\t2\t\" a b\t\"\"c\"\n");
        Assert.Equal([new LabelledText("\" a b", "\"\"c\"", 1)], Dev("mrpc"));
    }

    [Theory]
    [InlineData("rte/validation.jsonl", """{"sentence1": "a", "sentence2": "b", "label": 1, "idx": 0}""")]
    [InlineData("rte/validation.json", """[{"sentence1": "a", "sentence2": "b", "label": "not_entailment"}]""")]
    public void Load_JsonOfTheHub_IsRead(string path, string content)
    {
        Write(path, content);
        Assert.Equal([new LabelledText("a", "b", 1)], Dev("rte"));
    }

    [Fact]
    public async Task Load_ParquetOfTheHub_IsReadShardByShard()
    {
        foreach (int shard in (int[])[0, 1])
        {
            await ParquetFile.Write(
                _folder.Path("rte", $"validation-0000{shard}-of-00002.parquet"),
                [
                    ("sentence1", new[] { "a", "c" }), ("sentence2", new[] { "b", "d" }),
                    ("label", new long[] { shard, 1 }),
                ]);
        }

        Assert.Equal([("a", 0.0), ("c", 1.0), ("a", 1.0), ("c", 1.0)],
            Dev("rte").Select(text => (text.First, text.Label!.Value)));
    }

    [Theory]
    [InlineData("index\tsentence1\tsentence2\tlabel\n0\ta\tb\n", "line 2: 3 columns; expected 4")]
    [InlineData("index\tsentence1\tsentence2\tlabel\n0\ta\tb\tmaybe\n",
        "line 2: the label 'label' is 'maybe'; expected entailment, not_entailment")]
    [InlineData("index\tsentence1\tsentence2\tlabel\n0\ta\tb\t2\n", "line 2: the label 'label' is '2'")]
    [InlineData("index\tsentence1\tsentence2\tlabel\n0\ta\tb\t-1\n", "line 2: the label 'label' is '-1'")]
    [InlineData(
        "index\tsentence1\tlabel\n0\ta\t1\n", "has no column 'sentence2'; it has 'index', 'sentence1', 'label'")]
    [InlineData("index\tsentence1\tsentence2\tlabel\n", "has no rows")]
    public void Load_BadRows_NamesFileAndLine(string content, string expected)
    {
        Write("RTE/dev.tsv", content);
        var error = Assert.Throws<InvalidDataException>(() => Dev("rte"));

        Assert.Contains(_folder.Path("RTE", "dev.tsv"), error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void Load_NoFiles_SaysWhatIsExpected() => Assert.Contains(
        "has no validation_mismatched data: neither", Assert.Throws<InvalidDataException>(
            () => GlueData.Load(Task("mnli"), _folder.Root, GlueSplit.Validation, "_mismatched")).Message);

    private IReadOnlyList<LabelledText> Dev(string name) =>
        GlueData.Load(Task(name), _folder.Root, GlueSplit.Validation);

    private static GlueTask Task(string name) => GlueTask.All.Single(task => task.Name == name);

    private string Write(string path, string content)
    {
        var full = _folder.Path(path.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
        return full;
    }
}
