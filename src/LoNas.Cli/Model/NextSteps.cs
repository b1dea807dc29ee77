using System.Globalization;
using LoNas.Cli.Flags;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Evaluation;
using LoNas.Export.Extraction;
using LoNas.Models;
using LoNas.Text.Chat;

namespace LoNas.Cli.Model;

/// <summary>The steps from a model's shape to a file for llama.cpp, each with all the flags that it needs.</summary>
internal static class NextSteps
{
    /// <summary>A question of the kind that the quickstart's data hold.</summary>
    public const string Prompt = "Amy found 25 toys and sold 19 of them. How many toys are left?";

    /// <summary>The training records of the maths problems, among all data sets.</summary>
    public const string MathRecords = "math_10k.json";

    /// <summary>The training records of the commonsense questions, among all data sets.</summary>
    public const string CommonsenseRecords = "commonsense_15k.json";

    /// <summary>The sample's conversations.</summary>
    private const string Conversations = "chat.jsonl";

    /// <summary>llama.cpp's flags for the training prompt, right from any folder.</summary>
    public static IReadOnlyList<string> TrainingPrompt =>
        ["--jinja", "--chat-template-file", Path.Combine(AppContext.BaseDirectory, "samples", "instruction.jinja")];

    /// <summary>The model and data that come with the program, from the current folder.</summary>
    // Relative: results name the model, and where the program lies is not theirs to tell.
    public static string Samples => Path.GetRelativePath(".", Path.Combine(AppContext.BaseDirectory, "samples"));

    /// <summary>A search space for a model.</summary>
    public static NextStep MakeConfig(ModelFlags model, LinearLayout layout, IReadOnlyList<string> targets) =>
        Open("make-config", "make a search space, for an adapter that can be cut", model)
            .Give("preset", layout.TrainedHead is not null ? "glue" : "math")
            .Give("target_modules", targets.Count == 0 ? null : string.Join(',', targets))
            .Give("output", FreeName.Here(Folder(model), ".json", "nncf_"));

    /// <summary>The training of a super-adapter.</summary>
    /// <param name="model">Its base.</param>
    /// <param name="suite">What it is for.</param>
    /// <param name="configuration">The search space.</param>
    /// <param name="rank">Its full rank.</param>
    /// <param name="targets">The layers with an adapter.</param>
    public static NextStep Train(
        ModelFlags model, TaskSuite suite, string configuration, int rank, IReadOnlyList<string> targets)
    {
        var usual = Path.Combine("datasets", suite == TaskSuite.Math ? MathRecords : CommonsenseRecords);
        bool isThere = File.Exists(usual);
        var sample = Path.Combine("datasets", "word_problems", "train.json");
        // In a clone its own copy reads better than the one beside the program.
        var data = isThere ? usual
            : Path.Combine(File.Exists(Path.Combine("samples", sample)) ? "samples" : Samples, sample);
        return Open(
                $"run-{suite.Name}",
                isThere ? "train it"
                    : "train it, here on the sample's word problems; --dataset_path takes your own data",
                model with { ModelNameOrPath = Folder(model) })
            .Give("dataset_path", data)
            .Give("val_set_size", "100")
            .Switch("do_train", true)
            .Switch("lora", true)
            .Give("lora_r", $"{rank}")
            .Give("target_modules", string.Join(',', targets))
            .Give("nncf_config", configuration)
            .Give("output_dir", FreeName.Here(Folder(model), "-lonas"));
    }

    /// <summary>The training of a super-adapter on conversations.</summary>
    public static NextStep TrainRecords(
        ModelFlags model, string configuration, int rank, IReadOnlyList<string> targets)
    {
        var folder = Folder(model);
        var sample = Path.Combine("samples", Conversations);
        return Open(
                "train", "train it, here on the sample's conversations; --dataset_path takes your own data",
                model with { ModelNameOrPath = folder })
            .Give("dataset_path", File.Exists(sample) ? sample : Path.Combine(Samples, Conversations))
            .Give("chat_template", Directory.Exists(folder) && ChatTemplate.Find(folder) is null ? "chatml" : null)
            .Give("lora_r", $"{rank}")
            .Give("target_modules", string.Join(',', targets))
            .Give("nncf_config", configuration)
            .Give("output_dir", FreeName.Here(folder, "-lonas"));
    }

    /// <summary>The training of a classifier's super-adapter.</summary>
    public static NextStep TrainClassifier(
        ModelFlags model, string configuration, int rank, IReadOnlyList<string> targets) =>
        Open("run-glue", "train it, here on MRPC; --task_name and --train_file take other texts",
                model with { ModelNameOrPath = Folder(model) })
            .Give("task_name", "mrpc")
            .Switch("do_train", true)
            .Switch("do_eval", true)
            .Switch("lora", true)
            .Give("lora_r", $"{rank}")
            .Give("target_modules", string.Join(',', targets))
            .Give("nncf_config", configuration)
            .Give("pad_to_max_length", "False")
            .Give("output_dir", FreeName.Here(Folder(model), "-lonas"));

    /// <summary>What an opened model is ready for: with an adapter to be cut or merged, else exported.</summary>
    public static NextStep Of(ElasticModel model, ModelFlags flags, AdapterFlags adapter) =>
        adapter.LoraWeights is not null ? OfAdapter(model, model.Chosen, flags, adapter)
        : model.Folder.IsClassifier ? Inspect(flags)
        : ExportGguf(flags, FreeName.Here(flags.ModelNameOrPath, ".gguf"));

    /// <summary>A smaller model where a sub-adapter cuts the base, else an ordinary one of the same size.</summary>
    public static NextStep OfAdapter(
        ElasticModel model, ChosenSubAdapter? chosen, ModelFlags flags, AdapterFlags adapter)
    {
        var (full, cut) = (model.CostOf(null), model.CostOf(chosen?.SubAdapter));
        bool isSmaller = cut.TotalParameters - cut.LoraParameters < full.TotalParameters - full.LoraParameters;
        return isSmaller ? Extract(flags, adapter)
            : chosen is null ? Merge(flags, adapter.LoraWeights!)
            : Chosen(Merge(flags, adapter.LoraWeights!), adapter);
    }

    /// <summary>The cut of a sub-adapter.</summary>
    public static NextStep Extract(
        ModelFlags model, AdapterFlags adapter, string purpose = "make the sub-adapter a smaller model of its own") =>
        Chosen(Open("extract", purpose, model).Give("lora_weights", adapter.LoraWeights), adapter)
            .Give("output_dir", FreeName.Beside(adapter.LoraWeights!, "-small"));

    /// <summary>An ordinary model from an adapter that can't be cut.</summary>
    public static NextStep Merge(ModelFlags model, string adapter) =>
        Open("merge", "merge the adapter into its base: an ordinary model", model)
            .Give("lora_weights", adapter)
            .Give("output_dir", FreeName.Beside(adapter, "-merged"));

    /// <summary>A file for llama.cpp.</summary>
    public static NextStep ExportGguf(ModelFlags model, string file, string purpose = "write it for llama.cpp") =>
        Open("export", purpose, model).Give("to", "gguf").Give("output", file);

    /// <summary>A question to a file for llama.cpp, in the training prompt where the file has none.</summary>
    public static NextStep LlamaCpp(string file, bool hasChatTemplate) => new(
        hasChatTemplate ? "run it with llama.cpp"
            : "run it with llama.cpp, which is given the prompt of training since the file has no chat template",
        ["llama-cli", "-m", file, .. hasChatTemplate ? [] : TrainingPrompt, "-p", Prompt]);

    /// <summary>A question.</summary>
    public static NextStep Generate(ModelFlags model, string? adapter) => Open("generate", "ask it something", model)
        .Give("lora_weights", adapter)
        .Give("prompt", Prompt);

    /// <summary>The folder of a written model.</summary>
    /// <param name="written">Where it is, and what is beside it.</param>
    /// <param name="llamaCpp">Whether llama.cpp knows its family.</param>
    /// <param name="isClassifier">Whether it writes no text.</param>
    public static NextStep Written(ExtractionOptions written, bool llamaCpp, bool isClassifier)
    {
        var folder = written.OutputDir;
        var adapter = written.KeepAdapter ? Path.Combine(folder, "adapter") : null;
        var model = new ModelFlags { ModelNameOrPath = folder };
        return isClassifier ? Inspect(model)
            : llamaCpp && adapter is null ? ExportGguf(model, FreeName.Beside(folder, ".gguf"))
            : Generate(model, adapter);
    }

    /// <summary>A quick test of the sample model.</summary>
    public static NextStep Evaluate(string tasks, string datasetsDir) =>
        Open("evaluate", "test a model on some of them, here the sample's; --model_name_or_path takes your own",
                new ModelFlags { ModelNameOrPath = Path.Combine(Samples, "model") })
            .Give("tasks", tasks)
            .Give("datasets_dir", datasetsDir)
            .Give("max_test_samples", "10");

    /// <summary>What a model costs.</summary>
    public static NextStep Inspect(ModelFlags model, string? configuration = null) =>
        Open("inspect", "count what it costs", model).Give("nncf_config", configuration);

    private static NextStep Chosen(NextStep step, AdapterFlags adapter) => step
        .Give("nncf_config", adapter.NncfConfig)
        .Give("sub_adapter", adapter.SubAdapter ?? (adapter.Choice.IsLimited ? null : SubAdapterChoice.Heuristic))
        .Give("max_macs", Text(adapter.MaxMacs))
        .Give("min_accuracy", Text(adapter.MinAccuracy));

    private static NextStep Open(string command, string purpose, ModelFlags model) => NextStep.With(command, purpose)
        .Give("model_name_or_path", model.ModelNameOrPath)
        .Give("model_revision", model.ModelRevision);

    /// <summary>The folder with the weights of a model that was named by its config.json.</summary>
    private static string Folder(ModelFlags model) => !File.Exists(model.ModelNameOrPath) ? model.ModelNameOrPath
        : Path.GetDirectoryName(model.ModelNameOrPath) is { Length: > 0 } folder ? folder : ".";

    private static string? Text(double? number) => number?.ToString(CultureInfo.InvariantCulture);
}
