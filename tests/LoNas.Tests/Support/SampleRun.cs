using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Cli;
using LoNas.Cli.Output;
using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Models;
using LoNas.Storage;
using LoNas.Tests.Cli;

namespace LoNas.Tests.Support;

/// <summary>
/// Runs the program on the committed sample model with a few word problems, in a temporary folder that goes with the
/// test.
/// </summary>
internal sealed class SampleRun : IDisposable
{
    public SampleRun(int trainingRecords = 48, int testRecords = 2)
    {
        Folder = Directory.CreateTempSubdirectory("lonas-run-").FullName;
        var problems = JsonInput.Load(Sample("datasets", "word_problems", "train.json"), "sample")
            .EnumerateArray().ToArray();
        JsonOutput.Save(Dataset, problems.Take(trainingRecords).ToArray());
        foreach (var set in new[] { "AQuA", "mawps", "gsm8k", "SVAMP" })
        {
            JsonOutput.Save(
                Path.Combine(Datasets, set, "test.json"),
                problems.Skip(trainingRecords).Take(testRecords).Select(problem => Answered(problem, set)).ToArray());
        }
    }

    public string Folder { get; }

    public string Dataset => Path.Combine(Folder, "train.json");

    public string Datasets => Path.Combine(Folder, "datasets");

    public string Output => Path.Combine(Folder, "out");

    public static string Model => Sample("model");

    public static string Configuration => Sample("nncf_lonas_quickstart.json");

    /// <summary>The flags of a training command. Given values replace the defaults; null removes a flag.</summary>
    public string[] Training(params (string Flag, string? Value)[] changes) => Join("run-math", changes, new()
    {
        ["dataset_path"] = Dataset,
        ["datasets_dir"] = Datasets,
        ["model_name_or_path"] = Model,
        ["output_dir"] = Output,
        ["nncf_config"] = Configuration,
        ["do_train"] = "True",
        ["lora"] = "True",
        ["lora_r"] = "32",
        ["lora_alpha"] = "64",
        ["lora_dropout"] = "0.1",
        ["target_modules"] = "q_proj,k_proj,v_proj,up_proj,gate_proj,down_proj",
        ["per_device_train_batch_size"] = "4",
        ["gradient_accumulation_steps"] = "2",
        ["num_train_epochs"] = "1",
        ["logging_steps"] = "2",
        ["save_strategy"] = "epoch",
        ["max_new_tokens"] = "8",
        ["threads"] = "1",
        ["device"] = "cpu",
    });

    /// <summary>A command that tests the adapter that <see cref="Training"/> wrote.</summary>
    public string[] Testing(params (string Flag, string? Value)[] changes) => Join("run-math", changes, new()
    {
        ["dataset_path"] = "None",
        ["datasets_dir"] = Datasets,
        ["model_name_or_path"] = Model,
        ["output_dir"] = Output,
        ["lora"] = "True",
        ["lora_weights"] = Output,
        ["do_test"] = "True",
        ["max_new_tokens"] = "8",
        ["threads"] = "1",
        ["device"] = "cpu",
    });

    /// <summary>Runs the program in this process; <paramref name="cancel"/> stands for Ctrl+C.</summary>
    public static (int ExitCode, string Output, string Error) Run(string[] args, CancellationToken cancel = default)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = Program.Run(args, new ConsoleReporter(output, error), CliRun.CommandsOf(args), cancel);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>The search space of the adapter that <see cref="Training"/> trains.</summary>
    public static SearchSpace Space()
    {
        var layout = LinearLayout.Load(Model);
        var lora = new LoraOptions
        {
            Rank = 32,
            TargetModules = ["q_proj", "k_proj", "v_proj", "up_proj", "gate_proj", "down_proj"],
        };
        return NncfConfiguration.Load(Configuration).Bind(AdaptedLinears.Of(layout, lora), (int)layout.Config.HeadSize);
    }

    /// <summary>A copy of the sample model that can be changed.</summary>
    public static string CopyOfModel(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var path in Directory.EnumerateFiles(Model))
        {
            File.Copy(path, Path.Combine(folder, Path.GetFileName(path)));
        }

        return folder;
    }

    /// <summary>Changes the weights of a model slightly, without changing the size of the file.</summary>
    public static void ChangeWeights(string model)
    {
        using var file = File.Open(Path.Combine(model, "model.safetensors"), FileMode.Open, FileAccess.ReadWrite);
        file.Position = file.Length / 2;
        int value = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(value ^ 1));
    }

    public byte[] AdapterBytes() => File.ReadAllBytes(Path.Combine(Output, "adapter_model.safetensors"));

    /// <summary>The text of trainer_state.json but for how long the training took.</summary>
    public string StateWithoutClock(string? folder = null)
    {
        var state = JsonNode.Parse(File.ReadAllText(Path.Combine(folder ?? Output, "trainer_state.json")))!;
        foreach (var key in new[] { "train_runtime", "train_samples_per_second", "train_steps_per_second" })
        {
            Assert.True(state["log_history"]!.AsArray()[^1]!.AsObject().Remove(key), key);
        }

        return state.ToJsonString();
    }

    public JsonElement Json(string file) => JsonInput.Load(Path.Combine(Output, file), "result");

    /// <summary>Every file below the folder with its time and size, to check that nothing was written.</summary>
    public string[] Listing() => [.. Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Order()
        .Select(path => $"{path} {new FileInfo(path).Length} {File.GetLastWriteTimeUtc(path):O}")];

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>A command line from default flags. Given values replace the defaults; null removes a flag.</summary>
    public static string[] Join(
        string command, (string Flag, string? Value)[] changes, Dictionary<string, string?> flags)
    {
        foreach (var (flag, value) in changes)
        {
            flags[flag] = value;
        }

        return [command, .. flags.Where(flag => flag.Value is not null).Select(flag => $"--{flag.Key}={flag.Value}")];
    }

    /// <summary>The problem with an answer that the set may have: AQuA's are letters.</summary>
    private static JsonNode? Answered(JsonElement problem, string set)
    {
        var record = problem.ToNode()!;
        record["answer"] = set == "AQuA" ? "A" : record["answer"]!.DeepClone();
        return record;
    }

    private static string Sample(params string[] parts) => Path.Combine([Repository.Root, "samples", .. parts]);
}
