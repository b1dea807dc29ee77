using System.Text.Json.Nodes;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>A file that a command reads is not replaced by what it writes, with --overwrite either.</summary>
public sealed class ReadFilesTests : IDisposable
{
    private readonly TrainedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("train_results.json", "train_results.json")]
    [InlineData("trainer_state.json", "trainer_state.json")]
    [InlineData("lonas_run.json", "lonas_run.json")]
    [InlineData("eval_results.json", "eval_results.json")]
    [InlineData("runs/data.json", "runs")]
    public void Train_DatasetWhereItWrites_StaysEvenIfOverwritten(string name, string entry) =>
        RequireKept(name, entry, File.ReadAllText(_folder.Sample.Dataset), path =>
            _folder.Line("out", ("dataset_path", path), ("overwrite", "True")));

    [Fact]
    public void Train_TestSetWhereItWrites_StaysEvenIfOverwritten()
    {
        _folder.Copy("datasets", "out/runs");
        var mawps = Path.Combine(_folder.Sample.Datasets, "mawps", "test.json");

        RequireKept("runs/mawps/test.json", "runs", File.ReadAllText(mawps), _ => _folder.Line(
            "out", ("datasets_dir", _folder.Folder("out/runs")), ("do_test", "True"), ("overwrite", "True")));
    }

    [Fact]
    public void Train_TaskFileWhereItWrites_StaysEvenIfOverwritten()
    {
        var samples = Path.Combine(Repository.Root, "samples");
        var task = File.ReadAllText(Path.Combine(samples, "word_problems.json"))
            .Replace("datasets/", $"{samples}/datasets/", StringComparison.Ordinal);

        RequireKept("lonas.json", "lonas.json", task, path =>
            _folder.Line("out", ("dataset_path", null), ("task_file", path), ("overwrite", "True")));
    }

    [Fact]
    public void Train_OptionsFileWhereItWrites_StaysEvenIfOverwritten() =>
        RequireKept("adapter_config.json", "adapter_config.json", "{\"max_steps\": 1}", path =>
            [.. _folder.Line("out", ("num_train_epochs", null), ("overwrite", "True")), path]);

    [Fact]
    public void Train_ConfigurationWhereItWrites_StaysEvenIfOverwritten() =>
        RequireKept(
            "nncf_config.json", "nncf_config.json", "// mine\n" + File.ReadAllText(SampleRun.Configuration), path =>
            _folder.Sample.Training(("nncf_config", path), ("max_steps", "1"), ("overwrite", "True")));

    /// <summary>The copy that a run keeps of its configuration may be given, and is not rewritten.</summary>
    [Fact]
    public void Train_ConfigurationThatIsTheCopy_StaysToTheByte()
    {
        var text = File.ReadAllText(SampleRun.Configuration).Trim() + "\n\n";
        var path = Write("nncf_config.json", text);
        string[] Line(string steps, string overwrite) => _folder.Sample.Training(
            ("nncf_config", path), ("max_steps", steps), ("overwrite", overwrite));

        foreach (var line in new[] { Line("1", "True"), Line("1", "False"), Line("2", "False"), Line("1", "True") })
        {
            var run = SampleRun.Run(line);
            Assert.True(run.ExitCode == 0, run.Error);
            Assert.Equal(text, File.ReadAllText(path));
        }
    }

    [Fact]
    public void Search_OptionsFileWhereItWrites_StaysEvenIfOverwritten()
    {
        Assert.Equal(0, SampleRun.Run(_folder.Sample.Training(
            ("max_steps", "1"), ("output_dir", _folder.Folder("adapter")))).ExitCode);

        RequireKept("subnetwork_best.json", "subnetwork_best.json", "{\"num_evals\": 4}", path =>
        [
            .. _folder.Sample.Testing(
                ("do_test", null), ("dataset_path", _folder.Sample.Dataset), ("do_search", "True"),
                ("lora_weights", _folder.Folder("adapter")), ("val_set_size", "6"), ("population", "2"),
                ("overwrite", "True")),
            path,
        ]);
    }

    [Fact]
    public void Evaluate_OptionsFileWhereItWrites_StaysEvenIfOverwritten() =>
        RequireKept("evaluation.json", "evaluation.json", "{\"max_new_tokens\": 2}", path =>
        [
            "evaluate", "--model_name_or_path", SampleRun.Model, "--tasks", "mawps", "--datasets_dir",
            _folder.Sample.Datasets, "--output_dir", _folder.Sample.Output, "--overwrite", path,
        ]);

    [Fact]
    public void Test_OverFiguresOfOthers_IsRefused()
    {
        _folder.Train("adapter", ("max_steps", "1"));
        Write("eval_results.json", "precious");

        var error = _folder.Refused(_folder.Sample.Testing(("lora_weights", _folder.Folder("adapter"))));

        Assert.Contains("'eval_results.json' is no result of this program", error);
    }

    [Theory]
    [InlineData("eval_results.json")]
    [InlineData("pareto_front.json")]
    [InlineData("subnetwork_best.json")]
    [InlineData("cache_MACs.csv")]
    [InlineData("cache_top1_acc.csv")]
    [InlineData("search_progression.csv")]
    [InlineData("search_progression.png")]
    public void Quickstart_OverFilesOfOthers_IsRefusedAtTheStart(string name)
    {
        Write(name, "precious");

        var error = _folder.Refused(["quickstart", "--output_dir", _folder.Sample.Output]);

        Assert.Contains(name, error);
    }

    [Fact]
    public void Quickstart_OverAJournalOfAnotherSearch_IsRefusedAtTheStart()
    {
        Write("search_journal.jsonl", new JsonObject { ["search"] = "mine" }.ToJsonString() + "\n");

        var error = _folder.Refused(["quickstart", "--output_dir", _folder.Sample.Output]);

        Assert.Contains("holds the search_journal.jsonl of a search of another adapter", error);
    }

    private void RequireKept(string name, string entry, string text, Func<string, string[]> line)
    {
        var path = Write(name, text);

        var error = _folder.Refused(line(path));

        Assert.Contains($"'{entry}' is read by this command, which would replace it", error);
        ErrorTable.Require("something in the place of a result", 2, error);
        Assert.Equal(text, File.ReadAllText(path));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.Sample.Output, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
