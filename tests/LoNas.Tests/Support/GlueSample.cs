using System.Text.Json;
using LoNas.Storage;

namespace LoNas.Tests.Support;

/// <summary>
/// A tiny BERT with a vocabulary, and MRPC in GLUE's layout with pairs that are equivalent where they share a word, in
/// a temporary folder that goes with the test.
/// </summary>
internal sealed class GlueSample : IDisposable
{
    private const int Words = 200;

    public GlueSample(int training = 48, int validation = 12)
    {
        Directory.CreateDirectory(Model);
        foreach (var file in new[] { "config.json", "model.safetensors" })
        {
            File.Copy(Repository.Fixture("bert-tiny", file), Path.Combine(Model, file));
        }

        string[] pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Enumerable.Range(0, Words).Select(Word)];
        File.WriteAllLines(
            Path.Combine(Model, "vocab.txt"),
            pieces.Concat(Enumerable.Range(pieces.Length, 320 - pieces.Length).Select(id => $"[unused{id}]")));
        File.WriteAllText(
            Path.Combine(Model, "tokenizer_config.json"),
            """{ "do_lower_case": true, "tokenizer_class": "BertTokenizer" }""");
        var mrpc = Directory.CreateDirectory(Path.Combine(Glue, "MRPC")).FullName;
        WriteTsv(Path.Combine(mrpc, "train.tsv"), 0, training);
        WriteTsv(Path.Combine(mrpc, "dev.tsv"), training, validation);
        File.WriteAllLines(
            Path.Combine(mrpc, "test.tsv"),
            Pairs(training + validation, 4).Select((pair, row) => $"{row}\t1\t2\t{pair.First}\t{pair.Second}")
                .Prepend("index\t#1 ID\t#2 ID\t#1 String\t#2 String"));
        var recipe = LoNas.Cli.Program.Run(
            ["make-config", "--model_name_or_path", Model, "--preset", "glue", "--epochs", "2",
                "--output", Configuration],
            new(TextWriter.Null, TextWriter.Null), LoNas.Cli.Commands.CommandTable.All, CancellationToken.None);
        Assert.Equal(0, recipe);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("lonas-glue-").FullName;

    public string Model => Path.Combine(Folder, "model");

    public string Glue => Path.Combine(Folder, "glue");

    public string Configuration => Path.Combine(Folder, "config.json");

    public string Output => Path.Combine(Folder, "out");

    /// <summary>The flags of a training. Given values replace the defaults; null removes a flag.</summary>
    public string[] Training(params (string Flag, string? Value)[] changes) => SampleRun.Join("run-glue", changes, new()
    {
        ["task_name"] = "mrpc",
        ["glue_dir"] = Glue,
        ["model_name_or_path"] = Model,
        ["output_dir"] = Output,
        ["nncf_config"] = Configuration,
        ["do_train"] = "True",
        ["lora"] = "True",
        ["per_device_train_batch_size"] = "8",
        ["num_train_epochs"] = "2",
        ["pad_to_max_length"] = "False",
        ["logging_steps"] = "2",
        ["save_strategy"] = "epoch",
        ["threads"] = "1",
    });

    /// <summary>The flags of a command with the adapter that <see cref="Training"/> wrote.</summary>
    public string[] Trained(params (string Flag, string? Value)[] changes) => SampleRun.Join("run-glue", changes, new()
    {
        ["task_name"] = "mrpc",
        ["glue_dir"] = Glue,
        ["model_name_or_path"] = Model,
        ["output_dir"] = Path.Combine(Folder, "again"),
        ["lora"] = "True",
        ["lora_weights"] = Output,
        ["threads"] = "1",
    });

    /// <summary>A result of the output folder.</summary>
    public JsonElement Json(string file, string? folder = null) =>
        JsonInput.Load(Path.Combine(folder ?? Output, file), "result");

    /// <summary>Files of one's own with the same pairs and labels in words.</summary>
    public string Own(string name, int from, int count, Func<int, string> label)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllLines(path, Pairs(from, count)
            .Select((pair, row) => $"{label(pair.Label)},{pair.First},{pair.Second}").Prepend("label,text,other"));
        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static void WriteTsv(string path, int from, int count) => File.WriteAllLines(
        path,
        Pairs(from, count).Select(pair => $"{pair.Label}\t1\t2\t{pair.First}\t{pair.Second}")
            .Prepend("Quality\t#1 ID\t#2 ID\t#1 String\t#2 String"));

    private static IEnumerable<(int Label, string First, string Second)> Pairs(int from, int count) =>
        Enumerable.Range(from, count).Select(row =>
        {
            int label = row * 7 % 3 == 0 ? 0 : 1;
            string Text(int seed) => string.Join(' ', Enumerable.Range(0, 3 + (seed % 5))
                .Select(place => Word(((seed * 31) + (place * 17)) % Words)));
            var first = Text(row);
            return (label, first, label == 1 ? first + " " + Word(row % Words) : Text(row + 101));
        });

    private static string Word(int index) => $"w{(char)('a' + (index / 20))}{(char)('a' + (index % 20))}";
}
