namespace LoNas.Soak;

/// <summary>A training of a tiny BERT on pairs of made-up words, with its evaluation and search.</summary>
internal sealed class GlueWork
{
    private const int Texts = 120;
    private const int Words = 200;

    private readonly string _folder;

    /// <summary>Writes model and data into <paramref name="folder"/>.</summary>
    public GlueWork(string repository, string folder, string program)
    {
        _folder = Path.Combine(folder, "glue");
        Directory.CreateDirectory(Model);
        foreach (var file in new[] { "config.json", "model.safetensors" })
        {
            File.Copy(
                Path.Combine(repository, "tests", "LoNas.Tests", "Fixtures", "bert-tiny", file),
                Path.Combine(Model, file));
        }

        string[] pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Enumerable.Range(0, Words).Select(Word)];
        File.WriteAllLines(Path.Combine(Model, "vocab.txt"), pieces);
        File.WriteAllText(Path.Combine(Model, "tokenizer_config.json"), """{ "tokenizer_class": "BertTokenizer" }""");
        Save("train.csv", 0, Texts);
        Save("validation.csv", Texts, Texts / 2);
        var made = LoNasProcess.Run(
            program, ["make-config", $"--model_name_or_path={Model}", "--preset=glue", $"--output={Configuration}"]);
        if (made.ExitCode != 0)
        {
            throw new InvalidOperationException(made.Output);
        }
    }

    private string Model => Path.Combine(_folder, "model");

    private string Configuration => Path.Combine(_folder, "config.json");

    /// <summary>The command; it keeps so many checkpoints.</summary>
    public string[] Run(int keep) =>
    [
        "run-glue", "--do_train", "--do_eval", "--do_search", $"--train_file={Path.Combine(_folder, "train.csv")}",
        $"--validation_file={Path.Combine(_folder, "validation.csv")}", $"--model_name_or_path={Model}", "--lora",
        $"--nncf_config={Configuration}", "--per_device_train_batch_size=8", "--num_train_epochs=2",
        "--logging_steps=2",
        "--save_strategy=steps", "--save_steps=1", $"--save_total_limit={keep}", "--evaluation_strategy=epoch",
        "--num_evals=60", "--population=10", "--threads=1",
    ];

    private void Save(string name, int from, int count) => File.WriteAllLines(
        Path.Combine(_folder, name),
        Enumerable.Range(from, count)
            .Select(row => $"{(row % 3 == 0 ? "no" : "yes")},{Text(row)},{Text(row + (row % 3))}")
            .Prepend("label,sentence1,sentence2"));

    private static string Text(int seed) => string.Join(' ', Enumerable.Range(0, 3 + (seed % 5))
        .Select(place => Word(((seed * 31) + (place * 17)) % Words)));

    private static string Word(int index) => $"w{(char)('a' + (index / 20))}{(char)('a' + (index % 20))}";
}
