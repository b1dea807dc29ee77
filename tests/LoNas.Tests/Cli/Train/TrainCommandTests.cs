using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli.Train;

/// <summary><c>lonas train</c> over the command line, on conversations and other records.</summary>
public sealed class TrainCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Output => _folder.Path("out");

    [Fact]
    public void Train_Conversations_LearnsThemAndSearchEvaluateAndChatFollow()
    {
        var data = Conversations(24);
        var (code, output, error) = Train(data, ("do_eval", "True"), ("val_set_size", "6"));

        Assert.True(code == 0, error);
        Assert.Contains("24 conversations: 'messages' with role and content", output, StringComparison.Ordinal);
        Assert.Contains("validation loss", output, StringComparison.Ordinal);
        var recorded = Json("lonas.json")["training_data"]!;
        Assert.Equal("messages", (string?)recorded["format"]);
        Assert.False((bool)recorded["train_on_inputs"]!);
        Assert.Contains("<|im_start|>", (string?)recorded["chat_template"], StringComparison.Ordinal);

        // The next line does what it says.
        var (searched, found, wrong) = SampleRun.Run(
        [
            "search", "--model_name_or_path", SampleRun.Model, "--lora_weights", Output, "--dataset_path", data,
            "--val_set_size", "6", "--search_metric", "loss", "--num_evals", "4", "--population", "2",
            "--output_dir", _folder.Path("search"), "--threads", "1",
        ]);
        Assert.True(searched == 0, wrong);
        Assert.Contains("as the adapter was trained: records of the format messages", found, StringComparison.Ordinal);

        var (evaluated, figures, _) = SampleRun.Run(
        [
            "evaluate", "--model_name_or_path", SampleRun.Model, "--lora_weights", Output, "--sub_adapter", "maximal",
            "--tasks", $"chat:{data}", "--json", "--threads", "1",
        ]);
        Assert.Equal(0, evaluated);
        var task = JsonNode.Parse(figures)!["tasks"]![0]!;
        Assert.Equal(24, (int)task["records"]!);
        Assert.Equal(Math.Exp((double)task["loss"]!), (double)task["perplexity"]!, 1e-9);
    }

    [Fact]
    public void Train_ValidationLoss_IsWhatEvaluateMeasures()
    {
        var (data, held) = (Conversations(12), _folder.Path("held.jsonl"));
        File.WriteAllLines(held, File.ReadAllLines(Conversations(8)).Take(5));
        var (code, _, error) = Train(data, ("do_eval", "True"), ("eval_dataset_path", held));
        Assert.True(code == 0, error);
        double expected = Json("trainer_state.json")["log_history"]!.AsArray()
            .Select(entry => (double?)entry!["eval_loss_super"]).Last(loss => loss is not null)!.Value;

        var (_, figures, _) = SampleRun.Run(
        [
            "evaluate", "--model_name_or_path", SampleRun.Model, "--lora_weights", Output, "--sub_adapter", "maximal",
            "--tasks", $"chat:{held}", "--json", "--threads", "1",
        ]);

        Assert.Equal(expected, (double)JsonNode.Parse(figures)!["tasks"]![0]!["loss"]!, 1e-5);
    }

    [Theory]
    [InlineData("alpaca", """{"instruction": "Add 2 and 3.", "output": "5"}""", "instructions")]
    [InlineData("prompt_completion", """{"prompt": "2 + 3 =", "completion": " 5"}""", "prompts")]
    [InlineData("text", """{"text": "Two and three are five."}""", "documents")]
    [InlineData(
        "sharegpt", """{"conversations": [{"from": "human", "value": "2+3?"}, {"from": "gpt", "value": "5"}]}""",
        "conversations")]
    public void Train_EveryFormat_IsRecognisedAndLearned(string format, string record, string description)
    {
        var data = _folder.Path("data.jsonl");
        File.WriteAllLines(data, Enumerable.Repeat(record, 6));

        var (code, output, error) = Train(data, ("max_steps", "1"), ("num_train_epochs", null));

        Assert.True(code == 0, error);
        Assert.Contains($"6 {description}", output, StringComparison.Ordinal);
        Assert.Equal(format, (string?)Json("lonas.json")["training_data"]!["format"]);
    }

    [Theory]
    [InlineData("False")]
    [InlineData("True")]
    [InlineData("concat")]
    public void Train_StoppedAndStartedAgain_EndsWithTheSameBytes(string packing)
    {
        var data = Conversations(20);
        var whole = _folder.Path("whole");
        using var stop = new CancellationTokenSource();
        (string, string?)[] flags =
        [
            ("packing", packing), ("lora_dropout", "0.1"), ("save_strategy", "steps"), ("save_steps", "1"),
            ("cutoff_len", "256"), ("per_device_train_batch_size", "1"), ("num_train_epochs", "3"),
        ];
        Assert.Equal(0, Train(data, [.. flags, ("output_dir", whole)]).Code);
        using var watcher = new FileSystemWatcher(Directory.CreateDirectory(Output).FullName, "checkpoint-1");
        watcher.Created += (_, _) => stop.Cancel();
        watcher.Renamed += (_, _) => stop.Cancel();
        watcher.EnableRaisingEvents = true;

        int stopped = SampleRun.Run(Arguments(data, flags), stop.Token).ExitCode;
        Assert.NotEmpty(Directory.EnumerateDirectories(Output, "checkpoint-*"));
        var (code, _, error) = Train(data, flags);

        Assert.Equal(130, stopped);
        Assert.True(code == 0, error);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(whole, "adapter_model.safetensors")),
            File.ReadAllBytes(Path.Combine(Output, "adapter_model.safetensors")));
    }

    [Fact]
    public void Train_Concat_TakesFewerStepsOverTheSameRecords()
    {
        var data = Conversations(20);
        Assert.Equal(0, Train(data, ("output_dir", _folder.Path("rows"))).Code);
        Assert.Equal(0, Train(data, ("packing", "concat"), ("cutoff_len", "512")).Code);

        int Steps(string folder) => (int)JsonNode.Parse(
            File.ReadAllText(Path.Combine(folder, "trainer_state.json")))!["max_steps"]!;
        Assert.True(Steps(Output) < Steps(_folder.Path("rows")));
    }

    [Fact]
    public void Train_BadRecords_AreRefusedWithTheirLinesOrLeftOut()
    {
        var data = _folder.Path("bad.jsonl");
        File.WriteAllLines(data,
        [
            .. File.ReadAllLines(Conversations(3)),
            """{"messages": [{"role": "user", "content": 5}, {"role": "assistant", "content": "x"}]}""",
            """{"messages": [{"role": "asistant", "content": "x"}]}""",
        ]);

        var (code, _, error) = Train(data);
        var (skipping, _, warning) = Train(data, ("skip_bad_records", "True"), ("max_steps", "1"));

        Assert.Equal(2, code);
        Assert.Contains("2 bad of 5 records", error, StringComparison.Ordinal);
        Assert.Contains("line 4", error, StringComparison.Ordinal);
        Assert.Contains("line 5", error, StringComparison.Ordinal);
        Assert.Contains("--skip_bad_records", error, StringComparison.Ordinal);
        Assert.Equal(0, skipping);
        Assert.Contains("2 bad records are left out", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_RecordsThatTheTemplateRefuses_AreNamedWithTheirLines()
    {
        var template = _folder.Path("strict.jinja");
        File.WriteAllText(template,
            "{% if messages|length > 2 %}{{ raise_exception('too many turns') }}{% endif %}"
            + "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
            + "{% if add_generation_prompt %}[assistant]{% endif %}");

        var (code, _, error) = Train(Conversations(4), ("chat_template", template));

        Assert.Equal(2, code);
        Assert.Contains("line 2: too many turns", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Output) && Directory.EnumerateFiles(Output, "adapter_model*").Any());
    }

    [Theory]
    [InlineData("--dataset_path is missing", "dataset_path", null)]
    [InlineData("--columns has 'prompt'", "columns", "prompt")]
    [InlineData("--chat_template_kwargs is 'x'", "chat_template_kwargs", "x")]
    [InlineData("--chat_template_kwargs is '[1]'", "chat_template_kwargs", "[1]")]
    [InlineData("neither a file nor a name that is known", "chat_template", "chatnl")]
    [InlineData("leaves none of 4 to train on", "val_set_size", "4")]
    public void Train_WrongFlag_IsOneMessage(string message, string flag, string? value)
    {
        var (code, _, error) = Train(Conversations(4), (flag, value));

        Assert.Equal(2, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_SearchAlone_FollowsTheAdapterAndWarnsOfWhatDiffers()
    {
        var data = Conversations(12);
        Assert.Equal(0, Train(data, ("train_on", "last")).Code);
        (int Code, string Output, string Error) Search(string folder, params (string, string?)[] more) => Train(data,
        [
            ("lora_weights", Output), ("do_train", "False"), ("do_search", "True"), ("val_set_size", "4"),
            ("num_evals", "3"), ("population", "2"), ("output_dir", _folder.Path(folder)),
            ("chat_template", null), .. more,
        ]);

        var followed = Search("s1");
        var same = Search("s2", ("train_on", "last"), ("chat_template", "chatml"));
        var other = Search("s3", ("train_on_inputs", "True"), ("chat_template", "qwen3"));

        Assert.True(followed.Code == 0, followed.Error);
        Assert.Equal(Front("s1"), Front("s2"));
        Assert.DoesNotContain("was trained with another", same.Error, StringComparison.Ordinal);
        Assert.Contains(
            "was trained with another --train_on_inputs and --chat_template", other.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"train_on\": \"answers\"", "\"train_on\": \"some\"", "has 'some' in 'train_on'")]
    [InlineData("\"truncation\": \"turns\"", "\"truncation\": \"middle\"", "has 'middle' in 'truncation'")]
    [InlineData("\"format\": \"messages\"", "\"format\": \"letters\"", "has 'letters' in 'format'")]
    [InlineData("\"cutoff_len\": 1024", "\"cutoff_len\": -5", "no length of 1 or more in 'cutoff_len'")]
    public void Evaluate_ManifestThatSaysWhatIsNotKnown_IsRefused(string was, string now, string message)
    {
        var data = Conversations(4);
        Assert.Equal(0, Train(data, ("max_steps", "1")).Code);
        var manifest = Path.Combine(Output, "lonas.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace(was, now, StringComparison.Ordinal));

        var (code, _, error) = SampleRun.Run(
        [
            "evaluate", "--model_name_or_path", SampleRun.Model, "--lora_weights", Output, "--tasks", $"chat:{data}",
            "--threads", "1",
        ]);

        Assert.Equal(2, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_OutputIsTheFolderOfTheData_IsRefused()
    {
        var data = Path.GetDirectoryName(Conversations(4))!;

        var (code, _, error) = Train(data, ("output_dir", data));

        Assert.Equal(2, code);
        Assert.Contains("--output_dir is a folder of the data", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_DocumentInWindows_CountsEveryTokenOnceWhateverTheStride()
    {
        var text = _folder.Path("document.md");
        File.WriteAllText(text, string.Join(' ', Enumerable.Range(0, 200).Select(number => $"word {number}.")));
        (int Code, string Output, string Error) Measure(string cutoff, string stride) => SampleRun.Run(
        [
            "evaluate", "--model_name_or_path", SampleRun.Model, "--tasks", $"text:{text}", "--cutoff_len", cutoff,
            "--stride", stride, "--json", "--threads", "1",
        ]);
        int Tokens(string cutoff, string stride) =>
            (int)JsonNode.Parse(Measure(cutoff, stride).Output)!["tasks"]![0]!["tokens"]!;

        Assert.Equal(Tokens("4096", "1"), Tokens("64", "32"));
        Assert.Equal(Tokens("4096", "1"), Tokens("64", "63"));
        Assert.Equal(2, Measure("64", "64").Code);
    }

    [Fact]
    public void Train_ModelWithoutTemplate_SaysWhatToGive()
    {
        var (code, _, error) = Train(Conversations(4), ("chat_template", null));

        Assert.Equal(2, code);
        Assert.Contains("has no chat template", error, StringComparison.Ordinal);
        Assert.Contains("(--chat_template)", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Search_ByLossOfAnAdapterTrainedOnOutputs_CountsOutputsAlone()
    {
        using var sample = new SampleRun();
        Assert.Equal(0, SampleRun.Run(sample.Training(("train_on_inputs", "False"), ("val_set_size", "8"))).ExitCode);
        (int, string Output, string Error) Search(params string[] more) => SampleRun.Run(
        [
            "search", "--model_name_or_path", SampleRun.Model, "--lora_weights", sample.Output, "--dataset_path",
            sample.Dataset, "--val_set_size", "8", "--search_metric", "loss", "--num_evals", "4", "--population", "2",
            "--output_dir", _folder.Path($"s{more.Length}"), "--threads", "1", .. more,
        ]);

        var (_, output, _) = Search();
        var (_, asked, _) = Search("--train_on_inputs", "False");
        var (_, _, other) = Search("--train_on_inputs", "True", "--cutoff_len", "256");

        Assert.Contains("as the adapter was trained: --train_on_inputs False", output, StringComparison.Ordinal);
        Assert.DoesNotContain("as the adapter was trained", asked, StringComparison.Ordinal);
        Assert.Contains("the ranking is of what it did not learn", other, StringComparison.Ordinal);
        Assert.Equal(Front("s0"), Front("s2"));
        Assert.NotEqual(Front("s0"), Front("s4"));
    }

    public void Dispose() => _folder.Dispose();

    private string Front(string folder) =>
        File.ReadAllText(Path.Combine(_folder.Path(folder), "search_progression.csv"));

    private JsonNode Json(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Output, name)))!;

    /// <summary>Every second one with a further exchange.</summary>
    private string Conversations(int count)
    {
        var path = _folder.Path($"chats{count}.jsonl");
        var random = new Random(count);
        File.WriteAllLines(path, Enumerable.Range(0, count).Select(number =>
        {
            (int x, int y) = (random.Next(2, 20), random.Next(2, 20));
            List<object> messages =
            [
                new { role = "user", content = $"Tom has {x} pens and gets {y} more. How many has he?" },
                new { role = "assistant", content = $"{x} + {y} = {x + y}. The answer is {x + y}." },
            ];
            messages.AddRange(number % 2 == 0 ? [] : new object[]
            {
                new { role = "user", content = "Sure?" }, new { role = "assistant", content = "Yes." },
            });
            return JsonSerializer.Serialize(new { messages });
        }));
        return path;
    }

    private (int Code, string Output, string Error) Train(string data, params (string Flag, string? Value)[] changes) =>
        SampleRun.Run(Arguments(data, changes));

    private string[] Arguments(string data, params (string Flag, string? Value)[] changes) =>
        SampleRun.Join("train", changes, new()
        {
            ["model_name_or_path"] = SampleRun.Model,
            ["dataset_path"] = data,
            ["chat_template"] = "chatml",
            ["nncf_config"] = SampleRun.Configuration,
            ["num_train_epochs"] = "1",
            ["per_device_train_batch_size"] = "4",
            ["output_dir"] = Output,
            ["threads"] = "1",
            ["device"] = "cpu",
        });
}
