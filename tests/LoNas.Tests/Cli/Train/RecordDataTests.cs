using LoNas.Cli.Output;
using LoNas.Tests.Data.Records;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Train;

/// <summary>Data sets of every format and kind of file, through the command line.</summary>
public sealed class RecordDataTests : IDisposable
{
    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData("a.jsonl", """{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""",
        "1 conversations: 'messages' with role and content")]
    [InlineData("a.json", """[{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}]""",
        "1 conversations: 'conversations' with from and value")]
    [InlineData("a.csv", "instruction,input,output\na,,b\nc,,5\n", "2 instructions: 'instruction' and 'output'")]
    [InlineData("a.tsv", "prompt\tcompletion\na\tb\n", "1 prompts: 'prompt' and 'completion'")]
    [InlineData("a.jsonl.gz", "{\"text\": \"a b c\"}", "1 documents: 'text'")]
    public void Train_EachFormat_IsRecognisedAndPrinted(string name, string text, string expected)
    {
        var run = Train(_data.Write(name, text));
        Assert.Equal("", run.Error);
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Contains(expected, run.Output);
    }

    [Fact]
    public void Train_NamedColumns_AreTaken()
    {
        var path = _data.Write("a.csv", "question,answer,text\n1 + 1,2,x\n");
        Assert.Contains(
            "1 prompts: 'question' and 'answer'",
            Train(path, "--columns", "prompt=question,completion=answer").Output);
    }

    [Fact]
    public void Train_SkipBadRecords_CountsAndNamesThem()
    {
        var path = _data.Write("a.jsonl", "{\"text\": \"a\"}\n{\"text\": null}\n{\"text\": \"b\"}\n{\"te\n");
        var refused = Train(path);
        Assert.Equal(ExitCode.BadInput, refused.ExitCode);
        Assert.Contains(
            "has 2 bad of 4 records:\n  line 2 (record 2): 'text' is null; expected text\n  line 4 (record 4): no whole "
            + "JSON object; expected one record on each line\ncorrect or remove them, or have bad records left out "
            + "(--skip_bad_records)", refused.Error);

        var run = Train(path, "--skip_bad_records");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Contains("2 documents: 'text'", run.Output);
        Assert.Contains("2 bad records are left out:", run.Error);
        Assert.Contains("line 2 (record 2): 'text' is null; expected text", run.Error);
    }

    [Fact]
    public void Train_FolderOfFiles_IsReadInOrder()
    {
        _data.Write("set/b.jsonl", "{\"text\": \"a\"}");
        _data.Write("set/a.csv", "text\nb\n");
        _data.Write("set/notes.md", "x");
        var run = Train(_data.Path("set"));
        Assert.Contains("2 documents: 'text'", run.Output);
        Assert.Contains("not read: notes.md", run.Error);
    }

    private CliRun Train(string path, params string[] flags) => CliRun.Of(
    [
        "train", "--model_name_or_path", SampleRun.Model, "--nncf_config", SampleRun.Configuration, "--dataset_path", path,
        "--chat_template", "chatml", "--output_dir", _data.Path("out"), "--dry_run", .. flags,
    ]);
}
