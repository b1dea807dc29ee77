using System.Text.RegularExpressions;
using LoNas.Cli;
using LoNas.Cli.Commands;
using LoNas.Cli.Output;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>What each command says is next, and that it can be run.</summary>
public sealed class NextStepTests(NextStepTests.Trained trained) : IClassFixture<NextStepTests.Trained>
{
    /// <summary>A super-adapter of few steps, and plain LoRA.</summary>
    public sealed class Trained : IDisposable
    {
        public Trained()
        {
            Assert.Equal(0, SampleRun.Run(Sample.Training(("val_set_size", "6"))).ExitCode);
            Assert.Equal(0, SampleRun.Run(Plain()).ExitCode);
        }

        internal SampleRun Sample { get; } = new(trainingRecords: 24);

        internal string PlainAdapter => Path.Combine(Sample.Folder, "plain lora");

        /// <summary>Results of a test, each in a folder of its own.</summary>
        internal string New(string name) => Path.Combine(Sample.Folder, $"{name} {Guid.NewGuid():n}");

        /// <summary>The training of <see cref="PlainAdapter"/>.</summary>
        internal string[] Plain() => Sample.Training(
            ("output_dir", PlainAdapter), ("nncf_config", null), ("target_modules", "q_proj,v_proj"), ("lora_r", "4"));

        public void Dispose() => Sample.Dispose();
    }

    private static string Instruction => Path.Combine(AppContext.BaseDirectory, "samples", "instruction.jinja");

    private static string Bert => Repository.Fixture("bert-tiny");

    private string[] Elastic => ["--model_name_or_path", SampleRun.Model, "--lora_weights", trained.Sample.Output];

    private string[] Plain => ["--model_name_or_path", SampleRun.Model, "--lora_weights", trained.PlainAdapter];

    private static string[] Base => ["--model_name_or_path", SampleRun.Model];

    private string[] Tested =>
        ["--tasks", "mawps", "--datasets_dir", trained.Sample.Datasets, "--max_new_tokens", "2", "--num_beams", "1"];

    [Fact]
    public void Inspect_Model_IsFollowedByMakeConfig() =>
        Follows("make-config --preset math", ["inspect", .. Base]);

    [Fact]
    public void Inspect_Classifier_IsFollowedByThePresetForIt() =>
        Follows("make-config --preset glue", ["inspect", "--model_name_or_path", Bert]);

    [Fact]
    public void Inspect_WithConfiguration_IsFollowedByTraining() => Follows(
        $"run-math --do_train --lora --lora_r 32 --nncf_config {SampleRun.Configuration}",
        ["inspect", .. Base, "--nncf_config", SampleRun.Configuration]);

    [Theory]
    [InlineData("math", "run-math --do_train --lora --lora_r 8 --target_modules q_proj,k_proj")]
    [InlineData("commonsense", "run-commonsense --do_train --lora --lora_r 8 --target_modules q_proj,k_proj")]
    public void MakeConfig_File_IsFollowedByTrainingWithWhatGoesWithIt(string preset, string expected)
    {
        var file = trained.New("nncf") + ".json";

        Follows($"{expected} --nncf_config '{file}' --model_name_or_path {SampleRun.Model}",
            ["make-config", "--preset", preset, "--ranks", "8,4", "--target_modules", "q_proj,k_proj", "--output", file,
                "--model_name_or_path", Path.Combine(SampleRun.Model, "config.json")]);
    }

    [Fact]
    public void MakeConfig_OfAClassifier_IsFollowedByItsTraining() => Follows(
        "run-glue --task_name mrpc --do_train --do_eval --lora --pad_to_max_length False",
        ["make-config", "--preset", "glue", "--model_name_or_path", Bert, "--output", trained.New("nncf") + ".json"]);

    [Fact]
    public void Train_SuperAdapter_IsFollowedByItsSearch() => Follows(
        $"search --lora_weights {trained.Sample.Output} --output_dir {trained.Sample.Output} --val_set_size 6 "
            + $"--dataset_path {trained.Sample.Dataset}",
        trained.Sample.Training(("val_set_size", "6"))); // finished earlier, too

    [Fact]
    public void Train_Commonsense_IsSearchedAsIt() => Follows(
        "search --search_tasks commonsense --val_set_size 6 --bf16 --cutoff_len 64",
        ["run-commonsense", .. trained.Sample.Training(
            ("val_set_size", "6"), ("output_dir", trained.New("common")), ("bf16", "True"),
            ("cutoff_len", "64"))[1..]]);

    [Fact]
    public void Train_WithoutValidationRecords_SearchesWithSome() => Follows(
        "search --val_set_size 24", trained.Sample.Training(("output_dir", trained.New("none"))));

    [Fact]
    public void Train_PlainLora_IsFollowedByMerge() =>
        Follows($"merge --lora_weights '{trained.PlainAdapter}' --output_dir", trained.Plain());

    [Fact]
    public void Search_Adapter_IsFollowedByTheCutOfTheBestOrTheHeuristic()
    {
        var output = trained.New("search");

        var words = Follows($"extract --lora_weights {trained.Sample.Output} --sub_adapter",
            trained.Sample.Testing(
                ("do_test", null), ("do_search", "True"), ("dataset_path", trained.Sample.Dataset),
                ("val_set_size", "6"), ("num_evals", "4"), ("population", "2"), ("num_beams", "1"),
                ("output_dir", output)));

        string[] either = [Path.Combine(output, "subnetwork_best.json"), "heuristic"];
        Assert.Contains(words[Array.IndexOf(words, "--sub_adapter") + 1], either);
    }

    [Fact]
    public void Test_SubAdapter_IsFollowedByItsCut() => Follows(
        "extract --sub_adapter minimal",
        trained.Sample.Testing(("output_dir", trained.New("test")), ("sub_adapter", "minimal"), ("num_beams", "1")));

    [Fact]
    public void Test_WholeAdapter_IsFollowedByMerge() => Follows(
        "merge --sub_adapter maximal",
        trained.Sample.Testing(("output_dir", trained.New("test")), ("sub_adapter", "maximal"), ("num_beams", "1")));

    [Theory]
    [InlineData("0", "1", "subnetwork_best.json")]
    [InlineData("1", "0", "heuristic")]
    public void Search_FinishedEarlier_SaysTheSameAgain(string reference, string lost, string expected)
    {
        var configuration = trained.New("nncf") + ".json";
        File.WriteAllText(configuration, Regex.Replace(
            File.ReadAllText(SampleRun.Configuration), "\"ref_acc\": [^,\n]+,|\"acc_delta\": 0.01",
            found => found.Value[1] == 'r' ? "" : $"\"acc_delta\": {lost}, \"ref_acc\": {reference}"));
        string[] line = trained.Sample.Training(
            ("nncf_config", configuration), ("output_dir", trained.New("found")), ("do_search", "True"),
            ("val_set_size", "6"), ("num_evals", "2"), ("population", "2"), ("num_beams", "1"),
            ("max_new_tokens", "2"));

        var first = Follows("extract", line);
        var again = Follows("extract", line);

        Assert.Equal(expected, Path.GetFileName(first[Array.IndexOf(first, "--sub_adapter") + 1]));
        Assert.Equal(first, again);
    }

    [Fact]
    public void Evaluate_Adapters_AreCutOrMergedAndABaseExported()
    {
        Follows("extract --max_macs 1000000000000 --sub_adapter",
            ["evaluate", .. Elastic, .. Tested, "--max_macs", "1T", "--sub_adapter", Front()]);
        Follows("merge --sub_adapter maximal", ["evaluate", .. Elastic, .. Tested, "--sub_adapter", "maximal"]);
        Follows("merge", ["evaluate", .. Plain, .. Tested]);
        Follows("export --to gguf", ["evaluate", .. Base, .. Tested]);
    }

    [Fact]
    public void Extract_AndMerge_AreFollowedByAFileForLlamaCpp()
    {
        var (small, kept, whole) = (trained.New("small"), trained.New("kept"), trained.New("whole"));
        Follows($"export --to gguf --model_name_or_path '{small}/' --output '{small}.gguf'",
            ["extract", .. Elastic, "--output_dir", small + "/"]);
        Follows($"generate --model_name_or_path '{kept}' --lora_weights '{kept}/adapter'",
            ["extract", .. Elastic, "--output_dir", kept, "--keep_adapter"]);
        Follows($"export --to gguf --model_name_or_path '{whole}'", ["merge", .. Plain, "--output_dir", whole]);
    }

    [Fact]
    public void Export_EachForm_IsFollowedByWhatReadsIt()
    {
        var (peft, lora, gguf) = (trained.New("peft"), trained.New("l") + ".gguf", trained.New("m") + ".gguf");
        Follows($"generate --lora_weights '{peft}'", ["export", "--to", "peft", .. Plain, "--output", peft]);
        Follows("export --to gguf", ["export", "--to", "gguf-lora", .. Plain, "--output", lora]);
        Follows($"llama-cli -m '{gguf}' --jinja --chat-template-file '{Instruction}'",
            ["export", "--to", "gguf", .. Base, "--output", gguf, "--no_verify"]);
    }

    [Fact]
    public void DryRun_OfACommand_IsFollowedByTheCommand()
    {
        string[] line = trained.Sample.Training(("output_dir", trained.New("wet")), ("lora_alpha", "8"));

        var words = Follows("run-math --do_train --lora --lora_alpha 8", [.. line, "--dry_run"]);

        Assert.Equal(CliRun.RunMath(line[1..]).ToString(), CliRun.RunMath(words[1..]).ToString());
    }

    [Theory]
    [InlineData("generate", "--prompt", "Hi", "--max_new_tokens", "2")]
    [InlineData("make-config", "--preset", "math")]
    public void Commands_WhoseOutputIsTheResult_SayItBesideThatAndToPeopleOnly(params string[] command)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Program.Run(
            [.. command, .. Base], new ConsoleReporter(output, error, terminal: true), CommandTable.All,
            CancellationToken.None);

        Assert.DoesNotContain("next: ", output.ToString(), StringComparison.Ordinal);
        PrintedLine.RequireAccepted(PrintedLine.Words(PrintedLine.Of(error.ToString())));
        var piped = CliRun.Of([.. command, .. Base]);
        Assert.DoesNotContain("next: ", piped.Output + piped.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Commands_WithJson_SayNothingElse()
    {
        foreach (string[] line in new string[][]
        {
            ["inspect", .. Base, "--json"],
            ["evaluate", .. Base, .. Tested, "--json"],
            ["extract", .. Elastic, "--output_dir", trained.New("json"), "--json"],
            ["merge", .. Plain, "--output_dir", trained.New("json"), "--json"],
            ["export", "--to", "gguf", .. Base, "--output", trained.New("json") + ".gguf", "--json"],
            ["generate", .. Base, "--prompt", "Hi", "--max_new_tokens", "2", "--json"],
        })
        {
            var run = CliRun.Of(line);
            Assert.Equal(0, run.ExitCode);
            Assert.DoesNotContain("next: ", run.Output + run.Error, StringComparison.Ordinal);
        }
    }

    private string Front()
    {
        var front = Path.Combine(trained.New("front"), "pareto_front.json");
        var run = SampleRun.Run(trained.Sample.Testing(
            ("do_test", null), ("do_search", "True"), ("dataset_path", trained.Sample.Dataset), ("val_set_size", "6"),
            ("num_evals", "2"), ("population", "2"), ("num_beams", "1"),
            ("output_dir", Path.GetDirectoryName(front))));
        Assert.True(run.ExitCode == 0, run.Error);
        return front;
    }

    /// <summary>A command is run, and the line it prints has a command and flags and is accepted.</summary>
    private static string[] Follows(string expected, string[] line)
    {
        var run = CliRun.Of(line);
        Assert.True(run.ExitCode == 0, run.Error);
        var printed = PrintedLine.Of(run.Output);
        var words = PrintedLine.Words(printed);
        string[] wanted = PrintedLine.Words(expected);
        Assert.Equal(wanted[0], words[0]);
        Assert.All(wanted, word => Assert.Contains(word, words));
        if (words[0] != "llama-cli")
        {
            PrintedLine.RequireAccepted(words);
        }

        return words;
    }
}
