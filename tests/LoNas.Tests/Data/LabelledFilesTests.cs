using System.Text;
using LoNas.Data;
using LoNas.Errors;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Data;

/// <summary>Files of users' own, as spreadsheets, pandas, datasets and people write them.</summary>
public sealed class LabelledFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly NoticeList _notices = new();

    /// <summary>A training file, its content, its classes, and its texts with labels.</summary>
    public static TheoryData<string, string, string, string> Sound => new()
    {
        { "a.csv", "text,label\nb,bad\ng,good\nh,good\n", "bad,good", "b|0/g|1/h|1" },
        { "a.csv", "label,sentence2,x,sentence1\n1,b,c,a\n0,e,f,d\n", "0,1", "a+b|1/d+e|0" },
        { "a.csv", "text,label\nx,10\ny,9\nz,2\n", "2,9,10", "x|2/y|1/z|0" },
        { "a.csv", "text,label\nx,-1\ny,0\nz,1\n", "-1,0,1", "x|0/y|1/z|2" },
        { "a.csv", "text,label\nx,01\ny,1\nz,2\n", "1,2", "x|0/y|0/z|1" },
        { "a.csv", "text,label\nx,True\ny,False\n", "False,True", "x|1/y|0" },
        { "a.csv", "text,label\nx,1\ny,x\n", "1,x", "x|0/y|1" },
        { "a.csv", "text,label\nx,none\ny,hate\n", "hate,none", "x|1/y|0" },
        { "a.csv", "text,label\nx,0.5\ny,1\nz,-2e-1\n", "", "x|0.5/y|1/z|-0.2" },
        { "a.csv", "text,label\nNA,0\nnull,1\nnan,1\n", "0,1", "NA|0/null|1/nan|1" },
        { "a.csv", "\uFEFFtext,label\r\n\"a \"\"b\"\", c\",0\r\n\r\n\"d\r\ne\",1\r\n", "0,1", "a \"b\", c|0/d\r\ne|1" },
        { "a.csv", "text,label\na 5\" tape,0\nb,1\n", "0,1", "a 5\" tape|0/b|1" },
        { "a.csv", "text,label\nb,1\na 5\" tape,0", "0,1", "b|1/a 5\" tape|0" },
        { "a.CSV", ",text,label\n0,x,0\n1,y,1\n", "0,1", "x|0/y|1" },
        { "a.csv", "idx,text,label,label_text\n7,x,0,neg\n9,y,1,pos\n", "0,1", "x|0/y|1" },
        { "a.csv", "guid,a,b,label\ntrain-1,x,p,0\ntrain-2,y,q,1\n", "0,1", "x+p|0/y+q|1" },
        { "a.tsv", "s1\ts2\tlabel\n\" a\tb \"c\"\t0\nd\t\"e\t1\n", "0,1", "\" a+b \"c\"|0/d+\"e|1" },
        { "a.tsv", "s1\tlabel\n\"a \"\"b\"\"\"\t0\n\"c\td\"\t1\n", "0,1", "a \"b\"|0/c\td|1" },
        { "a.tsv", "s1\tlabel\n\"a \"\"b\"\"\"\t0\nc\t1\n", "0,1", "a \"b\"|0/c|1" },
        { "a.json", """[{"text": "x", "label": "b"}, {"text": "1", "label": "a"}]""", "a,b", "x|1/1|0" },
        { "a.json", """{"data": [{"text": "x", "label": 3}, {"label": 1, "text": "y"}]}""", "1,3", "x|1/y|0" },
        {
            "a.jsonl", "{\"n\": 1, \"text\": \"x\", \"label\": 1}\n\n{\"text\": \"y\", \"label\": 0}\n", "0,1",
            "x|1/y|0"
        },
        {
            "a.jsonl", "{\"text\": \"x\", \"label\": \"0.5\"}\n{\"text\": \"y\", \"label\": \"1\"}\n", "0.5,1",
            "x|0/y|1"
        },
    };

    /// <summary>A training file, its content, and parts of its message.</summary>
    public static TheoryData<string, string, string[]> Bad => new()
    {
        {
            "a.csv", "text,label\nx\ny,z,1\n",
            ["2 bad of 2", "line 2: 1 columns; expected 2 (text, label)", "line 3: 3 columns"]
        },
        { "a.csv", "text,label\nx,0\n\"y,1\nz,0\n", ["1 bad of 2", "line 3: a quote begins a value and none ends it"] },
        { "a.csv", "text,label\n\"y,1", ["line 2: a quote begins"] },
        { "a.csv", "\"text,label\ny,1\n", ["line 1: a quote begins"] },
        { "a.csv", "", ["is empty (0 bytes)"] },
        { "a.csv", "\n\n", ["has no rows"] },
        { "a.csv", "text,label\n", ["has no rows below its columns text, label"] },
        { "a.csv", "text,Label\nx,1\n", ["has no column 'label'; it has 'text', 'Label'"] },
        { "a.csv", "text;label\nx;1\n", ["it has 'text;label', one column alone: .csv has commas between values"] },
        {
            "a.csv", "text,label\nx,0.5\ny,nan\nz,inf\n",
            ["2 bad of 3", "line 3: the label 'label' is 'nan'; expected a number", "line 4"]
        },
        {
            "a.csv", "text,label\nx,0.5\ny,high\n",
            ["1 bad of 2", "line 3: the label 'label' is 'high'; expected a number"]
        },
        { "a.csv", "text,label\nx,0\ny,inf\nz,1\n", ["line 3: the label 'label' is 'inf'; expected 0, 1"] },
        { "a.csv", "text,label\nx,0\ny,NA\nz,1\n", ["1 bad of 3", "line 3: the label 'label' is 'NA'; expected 0, 1"] },
        {
            "a.csv", "text,label\nx,\ny,1\nz,0\nu\n",
            ["2 bad of 4", "line 2: no 'label'; expected 0, 1", "line 5: 1 columns"]
        },
        { "a.csv", "text,label\nx,1\ny,1\n", ["has the label '1' in every row"] },
        { "a.csv", "text,label,text\nx,1,y\n", ["has the column 'text' twice"] },
        { "a.csv", "id,label\n1,0\n2,1\n", ["has no column with texts", "it has 'id', 'label'"] },
        { "a.csv", "age,label\n31,0\n42,1\n", ["has no column with texts"] },
        { "a.json", """[{"text": "x", "label": null}, {"text": "y"}, {"text": 5, "label": 1}]""",
            ["3 bad of 3", "record 1: no 'label'", "record 2: no 'label'", "record 3: 'text' is 5; expected text"] },
        {
            "a.jsonl", "{\"text\": \"x\", \"label\": 1}\n{\"text\": \"y\", \"label\": NaN}\n",
            ["line 2: the label 'label' is 'NaN'; expected 1"]
        },
        {
            "a.jsonl", "{\"text\": \"x\", \"label\": 1, \"label\": 0}\n{\"text\": \"y\", \"label\": 0}\n",
            ["1 bad of 2", "line 1: 'label' twice"]
        },
        { "a.jsonl", "{\"text\": \"x\", \"label\": 1}\n{\"text\": \"y\", \"lab\n", ["line 2: "] },
        {
            "a.xlsx", "PK",
            ["is of no known kind; expected .csv, .tsv, .json, .jsonl or .parquet: save the sheet as CSV"]
        },
        { "a.csv.gz", "x", ["is of no known kind", "unpack it"] },
        { "a.csv", "PK\u0003\u0004zip", ["is a ZIP archive"] },
        { "a.parquet", "no Parquet at all", ["The Parquet file"] },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Sound))]
    public void Load_TrainingFile_HasItsClassesAndTexts(string file, string content, string names, string texts)
    {
        var found = LabelledFiles.Load(Write(file, content), null, null);

        Assert.Equal(names, string.Join(',', found.Scheme.Names));
        Assert.Equal(texts, Shown(found.Training));
        Assert.Empty(found.Validation);
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void Load_BadTrainingFile_NamesItAndEveryProblem(string file, string content, string[] expected)
    {
        var path = Write(file, content);
        var error = Assert.Throws<InvalidDataException>(() => LabelledFiles.Load(path, null, null));

        Assert.Contains(path, error.Message);
        Assert.All(expected, part => Assert.Contains(part, error.Message));
    }

    /// <summary>Validation files for a training file with the columns a and b and the classes no and yes.</summary>
    [Theory]
    [InlineData("a,b,label\nx,y,yes\nx,y,maybe\nx,y,1\n", "line 3: the label 'label' is 'maybe'; expected no, yes")]
    [InlineData("a,b,label\nx,y,yes\nx,y,maybe\nx,y,1\n", "line 4: the label 'label' is '1'; expected no, yes")]
    [InlineData("a,c,label\nx,y,yes\n", "has no column 'b'; it has 'a', 'c', 'label'")]
    [InlineData("a,b\nx,y\n", "has no column 'label'; it has 'a', 'b'")]
    [InlineData("a,b,label\nx,y,\n", "line 2: no 'label'; expected no, yes")]
    public void Load_ValidationUnlikeTraining_IsRefused(string content, string expected)
    {
        var path = Write("dev.csv", content);
        var error = Assert.Throws<InvalidDataException>(() => LabelledFiles.Load(Pair(), path, null));

        Assert.Contains(expected, error.Message);
        Assert.Contains(path, error.Message);
    }

    [Theory]
    [InlineData("b,a\ny,x\n", "x+y|")]
    [InlineData("a,b,label\nx,y,-1\nx,y,\nx,y,yes\n", "x+y|/x+y|/x+y|1")]
    public void Load_TestFile_MayLackLabels(string content, string expected) =>
        Assert.Equal(expected, Shown(LabelledFiles.Load(Pair(), null, Write("test.csv", content)).Test));

    [Fact]
    public void Load_OtherKindsOfFiles_AreReadAlike()
    {
        var found = LabelledFiles.Load(
            Pair(), Write("dev.jsonl", """{"label": "yes", "b": "y", "a": "x"}"""), Write("test.tsv", "a\tb\nx\ty\n"));

        Assert.Equal(("x+y|1", "x+y|"), (Shown(found.Validation), Shown(found.Test)));
    }

    [Fact]
    public async Task Load_Parquet_HasClassesOfIntegersAndNumbersOfDoubles()
    {
        async Task<LabelledFiles> Load(Array labels)
        {
            var path = _folder.Path("a.parquet");
            await ParquetFile.Write(path, [("text", new[] { "x", "1" }), ("label", labels)]);
            return LabelledFiles.Load(path, null, null);
        }

        Assert.Equal("x|1/1|0", Shown((await Load(new long[] { 4, 2 })).Training));
        Assert.True((await Load(new[] { 4.0, 2 })).Scheme.IsRegression);
    }

    /// <summary>A trained model says what labels mean; a file may then give ids.</summary>
    [Fact]
    public void Load_ValidationAlone_TakesTheCallersClasses()
    {
        var path = Write("dev.csv", "text,label\nx,1\ny,neg\n");

        Assert.Equal("x|1/y|0", Shown(LabelledFiles.Load(
            null, path, null, scheme: new LabelScheme(["neg", "pos"])).Validation));
        Assert.Contains("nothing else says what labels mean", Assert.Throws<ArgumentException>(
            () => LabelledFiles.Load(null, path, null)).Message);
        Assert.Throws<ArgumentException>(() => LabelledFiles.Load(null, null, null));
    }

    [Fact]
    public void Load_FolderOrMissingFile_IsRefused()
    {
        Directory.CreateDirectory(_folder.Path("a.csv"));

        Assert.Contains("is a folder", Assert.Throws<InvalidDataException>(
            () => LabelledFiles.Load(_folder.Path("a.csv"), null, null)).Message);
        Assert.Contains("does not exist", Assert.Throws<InvalidDataException>(
            () => LabelledFiles.Load(_folder.Path("b.csv"), null, null)).Message);
    }

    [Fact]
    public void Load_Encodings_AreNamedOrRefused()
    {
        var path = _folder.Path("a.csv");
        File.WriteAllText(path, "text,label\ncaf\u00e9,0\nb,1\n", Encoding.Unicode);
        var error = Assert.Throws<InvalidDataException>(() => LabelledFiles.Load(path, null, null));

        Assert.Contains("begins with the mark of UTF-16", error.Message);
        Assert.Equal([Setting.DataEncoding], error.Settings());
        Assert.Equal("caf\u00e9|0/b|1", Shown(
            LabelledFiles.Load(path, null, null, TextInput.Find("utf-16")).Training));
        File.WriteAllText(path, "text,label\ncaf\u00e9,0\nb,1\n", Encoding.Latin1);
        Assert.Contains("E9", Assert.Throws<InvalidDataException>(() => LabelledFiles.Load(path, null, null)).Message);
        Assert.Equal("caf\u00e9|0/b|1", Shown(
            LabelledFiles.Load(path, null, null, TextInput.Find("latin-1")).Training));
    }

    /// <summary>What changes the result without being wrong is told.</summary>
    [Theory]
    [InlineData("text,source,label\nx,p,0\ny,q,1\n", "")]
    [InlineData("idx,text,source,date,label\n1,x,p,today,0\n2,y,q,today,1\n",
        "Of '*' the text is 'text' with 'source'; not used: 'idx', 'date'")]
    [InlineData("text,label\nx,1.0\ny,0.0\n",
        "Every label of '*' is a whole number written as a fraction, such as 1.0, so that they are regressed; write "
        + "them without it for classes")]
    [InlineData("text,label\nx,5+\ny,4\n",
        "The labels of '*' are whole numbers and words, such as '5+', and all of them are classes")]
    [InlineData("text,label\nx,good\ny,Good \nz,bad\n",
        "The labels 'Good ', 'good' of '*' differ in case or spaces alone, and are classes of their own")]
    [InlineData("text,label\n,0\ny,1\n,1\n", "2 of 3 rows of '*' have an empty text, the first in line 2")]
    public void Load_SurprisingFile_TellsIt(string content, string expected)
    {
        var path = Write("a.csv", content);
        LabelledFiles.Load(path, null, null, logger: _notices);

        Assert.Equal(expected, string.Join('\n', _notices.Texts).Replace(path, "*"));
    }

    [Fact]
    public void Load_ManyWholeNumbers_AreToldToBeClasses()
    {
        LabelledFiles.Load(
            Write("a.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 30).Select(n => $"t,{n}\n"))), null, null,
            logger: _notices);

        Assert.Contains("are whole numbers, so they are 30 classes", Assert.Single(_notices.Texts));
    }

    [Fact]
    public void Columns_OfAnOwnFile_AreThoseOfTransformersExample()
    {
        Assert.Equal(new TextColumns("sentence1", "sentence2", "label"), Columns("label,x,sentence2,sentence1"));
        Assert.Equal(new TextColumns("x", "sentence2", "label"), Columns("label,x,sentence2"));
        Assert.Equal(new TextColumns("x", null, null), Columns("x"));
        Assert.Throws<InvalidDataException>(() => Columns("label"));
    }

    private TextColumns Columns(string names) => TextColumns.Of(TableFile.Load(
        Write("own.csv", $"{names}\n{string.Join(',', names.Split(',').Select(_ => "word"))}\n")));

    private string Pair() => Write("train.csv", "a,b,label\np,q,no\nr,s,yes\n");

    private string Write(string name, string content)
    {
        File.WriteAllText(_folder.Path(name), content);
        return _folder.Path(name);
    }

    private static string Shown(IReadOnlyList<LabelledText> texts) => string.Join('/', texts.Select(
        text => FormattableString.Invariant(
            $"{text.First}{(text.Second is null ? "" : $"+{text.Second}")}|{text.Label}")));
}
