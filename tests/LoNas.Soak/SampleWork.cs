using System.Text.Json;

namespace LoNas.Soak;

/// <summary>Commands of a few seconds on the committed sample: the tiny LLaMA and a few of its word problems.</summary>
internal sealed class SampleWork
{
    /// <summary>Optimiser steps of a training, with a checkpoint after each.</summary>
    private const int Steps = 30;

    private const int TrainingRecords = 4 * Steps;
    private const int TestRecords = 6;

    private readonly string _samples;
    private readonly string _folder;

    /// <summary>Writes the data into <paramref name="folder"/>.</summary>
    public SampleWork(string repository, string folder)
    {
        (_samples, _folder) = (Path.Combine(repository, "samples"), folder);
        using var problems = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(_samples, "datasets", "word_problems", "train.json")));
        var records = problems.RootElement.EnumerateArray().ToArray();
        Save(Dataset, records[..TrainingRecords]);
        foreach (var set in new[] { "AQuA", "mawps", "gsm8k", "SVAMP" })
        {
            var tested = records[TrainingRecords..(TrainingRecords + TestRecords)];
            Save(Path.Combine(Datasets, set, "test.json"), set == "AQuA" ? [.. tested.Select(Lettered)] : tested);
        }
    }

    private string Dataset => Path.Combine(_folder, "train.json");

    private string Datasets => Path.Combine(_folder, "datasets");

    private string Model => Path.Combine(_samples, "model");

    /// <summary>
    /// A training in which writing a checkpoint takes about as long as a step, so that many kills interrupt a write.
    /// </summary>
    /// <param name="bf16">Whether the base is bfloat16.</param>
    /// <param name="keep">Checkpoints that are kept.</param>
    public string[] Training(bool bf16, int keep = 2) =>
    [
        "run-math", "--do_train", $"--dataset_path={Dataset}", $"--model_name_or_path={Model}",
        $"--nncf_config={Path.Combine(_samples, "nncf_lonas_quickstart.json")}",
        "--lora", "--lora_r=32", "--lora_alpha=64", "--lora_dropout=0.1",
        "--target_modules=q_proj,k_proj,v_proj,up_proj,gate_proj,down_proj", "--per_device_train_batch_size=2",
        "--gradient_accumulation_steps=2", "--num_train_epochs=1", "--logging_steps=2", "--save_strategy=steps",
        "--save_steps=1", $"--save_total_limit={keep}", "--threads=1", .. bf16 ? ["--bf16"] : Array.Empty<string>(),
    ];

    /// <summary>A training that keeps every checkpoint.</summary>
    public string[] TrainingKept(bool bf16) => Training(bf16, Steps);

    /// <summary>A training on conversations in full rows, with its validation and a search.</summary>
    /// <param name="keep">Checkpoints that are kept.</param>
    public string[] Chats(int keep) =>
    [
        "train", $"--dataset_path={Path.Combine(_samples, "chat.jsonl")}", $"--model_name_or_path={Model}",
        $"--chat_template={Path.Combine(_samples, "chat.jinja")}",
        $"--nncf_config={Path.Combine(_samples, "nncf_lonas_quickstart.json")}", "--lora_dropout=0.1",
        "--packing=concat", "--cutoff_len=192", "--per_device_train_batch_size=1", "--gradient_accumulation_steps=2",
        "--num_train_epochs=3", "--val_set_size=8", "--evaluation_strategy=epoch", "--save_strategy=steps",
        "--save_steps=1", $"--save_total_limit={keep}", "--do_search", "--num_evals=20", "--population=10",
        "--threads=1",
    ];

    /// <summary>
    /// A training for several ranks: four micro-batches a step, two epochs, clipped gradients. An epoch has 30 of them,
    /// so that a window crosses its end.
    /// </summary>
    public string[] RankedTraining(bool bf16) =>
    [
        .. Training(bf16).Where(flag => !Replaced.Any(flag.StartsWith)), "--gradient_accumulation_steps=4",
        "--num_train_epochs=2", "--max_train_samples=60", "--max_grad_norm=0.05", "--val_set_size=12",
        "--evaluation_strategy=epoch", "--save_strategy=epoch", "--save_total_limit=3",
    ];

    private static readonly string[] Replaced =
        ["--gradient_acc", "--num_train", "--save_", "--val_set_size", "--max_grad_norm"];

    /// <summary>A search among the sub-adapters of a trained adapter.</summary>
    public string[] Search(string adapter) =>
    [
        "search", $"--dataset_path={Dataset}", $"--model_name_or_path={Model}", $"--lora_weights={adapter}",
        "--val_set_size=4", "--num_evals=60", "--population=10", "--max_new_tokens=8", "--num_beams=1", "--threads=1",
    ];

    /// <summary>run-math's test of a trained adapter with default settings.</summary>
    public string[] Test(string adapter) =>
    [
        "run-math", "--do_test", "--dataset_path=None", $"--datasets_dir={Datasets}", $"--model_name_or_path={Model}",
        "--lora", $"--lora_weights={adapter}", "--max_new_tokens=32", "--per_device_eval_batch_size=2", "--threads=1",
    ];

    /// <summary>The record with an answer that AQuA's rule can find.</summary>
    private static JsonElement Lettered(JsonElement record)
    {
        var lettered = JsonSerializer.SerializeToNode(record)!;
        lettered["answer"] = "A";
        return JsonSerializer.SerializeToElement(lettered);
    }

    private static void Save(string path, JsonElement[] records)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, JsonSerializer.Serialize(records));
    }
}
