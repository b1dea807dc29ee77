using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>
/// Output folders of runs: what is written or merged at the end is checked at the start, old results do not stay beside
/// a new adapter, and what is nobody's result stays.
/// </summary>
public sealed class KeptResultsTests : IDisposable
{
    /// <summary>What Hugging Face's Trainer writes of an evaluation.</summary>
    private const string TrainerFigures = "{\"eval_accuracy\": 0.9, \"eval_loss\": 1.2, \"epoch\": 3.0}";

    private readonly TrainedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("all_results.json", "{\"train_loss\": 1", "is not valid JSON")]
    [InlineData("all_results.json", "", "is empty")]
    [InlineData("all_results.json", "[1]", "expected an object")]
    [InlineData("all_results.json", "\"a\"", "expected an object")]
    public void Train_OverDamagedFigures_IsRefusedAtTheStart(string name, string text, string why)
    {
        Write("out", name, text);

        var error = _folder.Refused(_folder.Line("out", ("overwrite_output_dir", "True")));

        Assert.Contains(why, error);
        ErrorTable.Require("figures that can't be merged", 2, error);
    }

    [Theory]
    [InlineData("all_results.json/")]
    [InlineData("train_results.json/")]
    [InlineData("trainer_state.json/")]
    [InlineData("adapter_model.safetensors/")]
    [InlineData("adapter_config.json/")]
    [InlineData("lonas_run.json/")]
    [InlineData("training_curve.png/")]
    [InlineData("checkpoint-2")]
    [InlineData("checkpoint-4")]
    [InlineData("runs")]
    public void Train_OverSomethingInItsPlaces_IsRefusedAtTheStart(string name)
    {
        Write("out", name.EndsWith('/') ? $"{name}notes.txt" : name, "precious");

        var error = _folder.Refused(_folder.Line("out", ("overwrite", "True")));

        Assert.Contains($"'{name.TrimEnd('/')}' is a {(name.EndsWith('/') ? "folder" : "file")} in the place", error);
        ErrorTable.Require("something in the place of a result", 2, error);
    }

    /// <summary>Of a run that goes on and of one that is overwritten alike.</summary>
    [Theory]
    [InlineData("False")]
    [InlineData("True")]
    public void Train_CheckpointsPlaceIsAFile_IsRefusedBeforeTheStep(string overwrite)
    {
        _folder.Stop("checkpoint-2", "out");
        Write("out", "checkpoint-4", "precious");

        var error = _folder.Refused(_folder.Line("out", ("overwrite", overwrite)));

        Assert.Contains("'checkpoint-4' is a file in the place of a folder", error);
    }

    [Fact]
    public void Train_PipeInThePlaceOfFigures_IsRefusedAtTheStart()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs mkfifo");
        Directory.CreateDirectory(_folder.Folder("out"));
        var pipe = Path.Combine(_folder.Folder("out"), "all_results.json");
        using (var made = System.Diagnostics.Process.Start("mkfifo", pipe))
        {
            made.WaitForExit();
        }

        var run = SampleRun.Run(_folder.Line("out", ("overwrite", "True")));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'all_results.json' is a pipe", run.Error);
    }

    [Fact]
    public void Train_OverAForeignAdapterWithResults_LeavesNoOldResultAndNothingElseIsLost()
    {
        _folder.Train("out");
        File.Delete(Path.Combine(_folder.Folder("out"), "lonas_run.json"));
        string[] old =
        [
            "heuristic.gsm8k.res.json", "pareto_front.json", "subnetwork_best.json", "search_progression.csv",
            "cache_MACs.csv", "eval_results.json", "adapter_model.bin",
        ];
        string[] texts =
        [
            "[{\"output_pred\": \"a\"}]", "[{\"sub_adapter\": {}}]", "{\"width\": {}}",
            "\"{\"\"width\"\": {}}\",MACs,1", "\"{\"\"width\"\": {}}\",1",
            "{\"non_zero_params\": 1, \"gsm8k_accuracy\": 1}", "old",
        ];
        foreach (var (name, text) in old.Zip(texts))
        {
            Write("out", name, text);
        }

        string[] others = ["notes.txt", "gsm8k.res.json", "cache_mine.csv", "summary.json", "extracted/notes.txt"];
        foreach (var name in others)
        {
            Write("out", name, "precious");
        }

        Assert.Contains("of no training run that is noted there", _folder.Refused(_folder.Line("out")));
        _folder.Train("out", ("overwrite_output_dir", "True"), ("lora_r", "2"));

        Assert.All(old, name => Assert.False(File.Exists(Path.Combine(_folder.Folder("out"), name)), name));
        Assert.All(
            others, name => Assert.Equal("precious", File.ReadAllText(Path.Combine(_folder.Folder("out"), name))));
        Assert.DoesNotContain("gsm8k", File.ReadAllText(Path.Combine(_folder.Folder("out"), "all_results.json")));
    }

    [Fact]
    public void Train_OverARunWhoseConfigurationItReads_KeepsThat()
    {
        string[] Line(string configuration, string overwrite) => _folder.Sample.Training(
            ("nncf_config", configuration), ("max_steps", "1"), ("overwrite", overwrite));
        Assert.Equal(0, SampleRun.Run(Line(SampleRun.Configuration, "False")).ExitCode);
        var copy = Path.Combine(_folder.Sample.Output, "nncf_config.json");
        var before = File.ReadAllText(copy);
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();

        Assert.Equal(130, SampleRun.Run(Line(copy, "True"), stopped.Token).ExitCode);

        Assert.Equal(before, File.ReadAllText(copy));
    }

    [Theory]
    [InlineData("model_name_or_path")]
    [InlineData("lora_weights")]
    public void Train_IntoAFolderThatItReadsByALink_IsRefused(string flag)
    {
        _folder.Train("start");
        var read = flag == "lora_weights" ? _folder.Folder("start") : SampleRun.CopyOfModel(_folder.Folder("base"));
        Directory.CreateSymbolicLink(_folder.Folder("link"), read);

        var error = _folder.Refused(_folder.Line(
            "link", (flag, read), ("overwrite", "True"), ("lora_r", flag == "lora_weights" ? null : "4"),
            ("lora_alpha", null), ("target_modules", null)));

        Assert.Contains($"--{flag}", error);
    }

    [Theory]
    [InlineData("evaluation.json", "{\"mine\": 1}", "is no result of this program")]
    [InlineData("mawps.res.json", "precious", "is no result of this program")]
    [InlineData("mawps.res.json/notes.txt", "precious", "is a folder in the place of a file")]
    [InlineData("evaluation.json/notes.txt", "precious", "is a folder in the place of a file")]
    public void Evaluate_OverFilesOfOthers_IsRefused(string name, string text, string why)
    {
        Write("judged", name, text);
        string[] line =
        [
            "evaluate", "--model_name_or_path", SampleRun.Model, "--tasks", "mawps", "--datasets_dir",
            _folder.Sample.Datasets, "--max_new_tokens", "2", "--output_dir", _folder.Folder("judged"),
        ];

        var error = _folder.Refused(line);

        Assert.Contains(why, error);
        ErrorTable.Require("something in the place of a result", 2, error);
        if (why.StartsWith("is no", StringComparison.Ordinal))
        {
            Assert.Equal(0, CliRun.Of([.. line, "--overwrite"]).ExitCode);
            Assert.Equal(0, CliRun.Of(line).ExitCode); // its own results may be measured again
        }
    }

    [Fact]
    public void Evaluate_TaskFileWhereTheReportGoes_StaysEvenIfOverwritten()
    {
        var task = Path.Combine(_folder.Folder("judged"), "evaluation.json");
        var samples = Path.Combine(Repository.Root, "samples");
        Write("judged", "evaluation.json", File.ReadAllText(Path.Combine(samples, "word_problems.json"))
            .Replace("datasets/", $"{samples}/datasets/", StringComparison.Ordinal));
        var before = File.ReadAllText(task);

        var run = CliRun.Of(
            "evaluate", "--model_name_or_path", SampleRun.Model, "--tasks", task, "--limit", "1", "--max_new_tokens",
            "2", "--output_dir", _folder.Folder("judged"), "--overwrite");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'evaluation.json' is read by this command", run.Error);
        Assert.Equal(before, File.ReadAllText(task));
    }

    [Theory]
    [InlineData("subnetwork_best.json", "precious", "is no result of this program")]
    [InlineData("subnetwork_best.json", "{\"mine\": 1}", "is no result of this program")]
    [InlineData("pareto_front.json", "[]", "is no result of this program")]
    [InlineData("eval_results.json", TrainerFigures, "is no result of this program")]
    [InlineData("all_results.json", TrainerFigures, "is no result of this program")]
    [InlineData("cache_MACs.csv", "name,value", "is no result of this program")]
    [InlineData("search_progression.png", "precious", "is no result of this program")]
    [InlineData("pareto_front.json/notes.txt", "precious", "is a folder in the place of a file")]
    public void Search_OverFilesOfOthers_IsRefused(string name, string text, string why)
    {
        Assert.Equal(0, SampleRun.Run(_folder.Sample.Training(("max_steps", "1"))).ExitCode);
        Write("found", name, text);

        var error = _folder.Refused(_folder.Sample.Testing(
            ("do_test", null), ("dataset_path", _folder.Sample.Dataset), ("output_dir", _folder.Folder("found")),
            ("do_search", "True"), ("val_set_size", "6"), ("num_evals", "4"), ("population", "2")));

        Assert.Contains(why, error);
    }

    [Theory]
    [InlineData("eval_results.json")]
    [InlineData("all_results.json")]
    public void Test_OverFiguresOfTheTrainer_IsRefusedUnlessOverwritten(string name)
    {
        Assert.Equal(0, SampleRun.Run(_folder.Sample.Training(("max_steps", "1"))).ExitCode);
        Write("tested", name, TrainerFigures);
        string[] line = _folder.Sample.Testing(("output_dir", _folder.Folder("tested")));

        var error = _folder.Refused(line);

        Assert.Contains($"'{name}' is no result of this program", error);
        Assert.Contains("such as", _folder.Refused(_folder.Line("tested"))); // trained into neither
        Assert.Equal(0, SampleRun.Run([.. line, "--overwrite"]).ExitCode);
        Assert.Equal(0, SampleRun.Run(line).ExitCode); // its own results may be measured again
        Assert.Equal(
            name == "all_results.json",
            File.ReadAllText(Path.Combine(_folder.Folder("tested"), "all_results.json")).Contains("eval_loss"));
    }

    [Fact]
    public void Train_OverwrittenTwice_KeepsWhatIsOfOtherPrograms()
    {
        string[] others = ["checkpoint-500/optimizer.pt", "runs/mine/events.out.tfevents.1.host", "runs/notes.txt"];
        foreach (var name in others)
        {
            Write("out", name, "precious");
        }

        Write("out", "eval_results.json", TrainerFigures);
        Write("out", "adapter_config.json", "{}");
        string[] Own(string pattern) => Directory.GetFileSystemEntries(_folder.Folder("out"), pattern);

        _folder.Train("out", ("overwrite", "True"), ("save_total_limit", "1"), ("report_to", "tensorboard"));
        var log = Directory.GetDirectories(Path.Combine(_folder.Folder("out"), "runs"))
            .Single(run => Path.GetFileName(run) != "mine");
        Assert.Equal(2, Own("checkpoint-*").Length);
        _folder.Train("out", ("overwrite", "True"), ("max_steps", "1"), ("report_to", "none"));

        Assert.All(
            others, name => Assert.Equal("precious", File.ReadAllText(Path.Combine(_folder.Folder("out"), name))));
        Assert.Equal(TrainerFigures, File.ReadAllText(Path.Combine(_folder.Folder("out"), "eval_results.json")));
        Assert.False(Directory.Exists(log));
        Assert.DoesNotContain(Own("checkpoint-*"), folder => folder.EndsWith("checkpoint-4", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("optimizer.pt")]
    [InlineData("optimizer.bin")]
    [InlineData("adapter_model.safetensors")]
    public void Train_OverACheckpointOfAnotherProgram_IsRefusedAtTheStart(string file)
    {
        Write("out", $"checkpoint-1/{file}", "precious");
        Write("out", "checkpoint-1/trainer_state.json", "{}");
        if (file == "optimizer.bin")
        {
            Write("out", "checkpoint-1/scheduler.pt", "precious");
        }

        var error = _folder.Refused(_folder.Line("out", ("overwrite", "True")));

        Assert.Contains("'checkpoint-1' is no checkpoint of this program", error);
        ErrorTable.Require("checkpoint of another program in the way", 2, error);
        Assert.Contains("'checkpoint-1' is no", _folder.Refused(
            ["quickstart", "--overwrite", "--output_dir", _folder.Folder("out")]));
    }

    [Theory]
    [InlineData("/proc/1/x", "no folder can be made there")]
    [InlineData("FILE/x", "is a file)")]
    [InlineData("FILE/x/y", "is a file)")]
    [InlineData("LINK", "is a link to no folder)")]
    [InlineData("LINK/x", "is a link to no folder)")]
    [InlineData("NOWHERE", "is a link to no folder)")]
    public void Run_PlaceWhereNoFolderCanBe_IsOneMessage(string place, string why)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc and links");
        Directory.CreateSymbolicLink(_folder.Folder("loop"), _folder.Folder("loop"));
        Directory.CreateSymbolicLink(_folder.Folder("nowhere"), _folder.Folder("gone"));
        var output = place.Replace("FILE", _folder.Sample.Dataset, StringComparison.Ordinal)
            .Replace("LINK", _folder.Folder("loop"), StringComparison.Ordinal)
            .Replace("NOWHERE", _folder.Folder("nowhere"), StringComparison.Ordinal);

        foreach (var line in new[]
        {
            _folder.Line("x", ("output_dir", output)),
            [
                "evaluate", "--model_name_or_path", SampleRun.Model, "--tasks", "mawps", "--datasets_dir",
                _folder.Sample.Datasets, "--output_dir", output,
            ],
        })
        {
            var error = _folder.Refused(line);
            ErrorTable.Require("output folder can't be written", 2, error);
            Assert.Contains(why, error);
            Assert.DoesNotContain("Could not find", error);
        }
    }

    [Theory]
    [InlineData("extracted/notes.txt", "it holds 'notes.txt'")]
    [InlineData("heuristic.gguf/notes.txt", "'heuristic.gguf' is a folder in the place of a file")]
    [InlineData("all_results.json", "is not valid JSON")]
    [InlineData("checkpoint-3", "'checkpoint-3' is a file in the place of a folder")]
    public void Quickstart_OverSomethingThatMustStay_IsRefusedAtTheStart(string name, string why)
    {
        Write("quick", name, "precious");

        _folder.Refused(Line());
        Assert.Contains(why, _folder.Refused([.. Line(), "--overwrite"]));

        string[] Line() => ["quickstart", "--output_dir", _folder.Folder("quick")];
    }

    /// <summary>A model of one weight file, whose configuration the random model's would replace.</summary>
    [Fact]
    public void BenchTrain_FolderOfAnotherModel_StaysAsItIs()
    {
        var model = SampleRun.CopyOfModel(_folder.Folder("model"));

        var error = _folder.Refused(["bench", "train", "--work_dir", model]);

        Assert.Contains("holds a model of other sizes", error);
    }

    private void Write(string folder, string name, string text)
    {
        var path = Path.Combine(_folder.Folder(folder), name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
