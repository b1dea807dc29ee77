using System.Text;
using System.Text.Json;
using LoNas.Search;
using LoNas.Storage;
using LoNas.Tests.FieldCases;
using LoNas.Tests.Support;

namespace LoNas.Tests.Cli;

/// <summary>
/// Bad input for the rows of docs/errors.md: each makes what is wrong in its sample's folder and gives a line.
/// </summary>
internal static class ErrorCases
{
    private const string Extract = "extract";
    private const string FinalNorm = "model.norm.weight";

    /// <summary>By the row's first column.</summary>
    public static IReadOnlyDictionary<string, Func<SampleRun, string[]>> All { get; } =
        new Dictionary<string, Func<SampleRun, string[]>>
        {
            ["model folder missing"] = s => s.Training(("model_name_or_path", "models/llama/none")),
            ["data set missing"] = s => s.Training(("dataset_path", "nothere.json")),
            ["a folder where a file is needed"] = s => s.Training(("dataset_path", s.Folder)),
            ["invalid JSON"] = s => Data(s, "[{\"instruction\": \"a\",\n \"output\": \"b\"} \"c\"]"),
            ["JSON that is cut off"] = s => Data(s, "[{\"instruction\": \"a\", \"output\": \"b"),
            ["CSV as a data set"] = s => Data(s, "instruction,output\na,b\n"),
            ["comma behind a record on its line"] = s => Data(s, "{\"instruction\": \"a\", \"output\": \"b\"},\n{}"),
            ["half of a character in an escape"] = s =>
                Data(s, "[{\"instruction\": \"\\ud83d\", \"output\": \"b\"}]"),
            ["record without instruction"] = s =>
                Data(s, "[{\"output\": \"b\"}, {\"instruction\": \"a\", \"output\": \"b\"}]"),
            ["record that can't be trained on"] = s => Records(
                s, "a.jsonl", $"{Asked("\"a\"")}\n{Asked("5")}\n{Asked("null")}\n"),
            ["role that is unknown"] = s => Records(
                s, "a.jsonl", "{\"messages\": [{\"role\": \"user\", \"content\": \"\"}, {\"role\": \"bot\", \"content\": \"\"}]}"),
            ["conversation without an answer"] =
                s => Records(s, "a.jsonl", "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}"),
            ["part of a message that is no text"] = s => Records(s, "a.jsonl", Asked("[{\"type\": \"image_url\"}]")),
            ["key that stands twice in a record"] = s => Records(s, "a.jsonl", Asked("\"a\", \"role\": \"user\"")),
            ["records of no known format"] = s => Records(s, "a.jsonl", "{\"question\": \"a\", \"answer\": \"b\"}"),
            ["records of two formats"] =
                s => Records(s, "a.jsonl", "{\"instruction\": \"a\", \"output\": \"b\", \"text\": \"c\"}"),
            ["folder without data sets"] = s => Records(s, Path.Combine("data", "README.md"), "x", folder: "data"),
            ["compressed data set that is cut off"] = s => Records(s, "a.jsonl.gz", ""),
            ["array of records that is cut off"] =
                s => Records(s, "a.json", "[{\"text\": \"a\"},\n {\"text\": \"b\""),
            ["text that is not UTF-8"] = s => Latin1(s, "[{\"instruction\": \"a\", \"output\": \"caf\u00e9 7\"}]"),
            ["file in UTF-16"] = s => Utf16(s, mark: true),
            ["file in UTF-16 without a mark"] = s => Utf16(s, mark: false),
            ["encoding that a data set is not in"] =
                s => [.. Latin1(s, "[{\"instruction\": \"caf\u00e9\"}]"), "--encoding=ascii"],
            ["unknown encoding"] = s => [.. s.Training(), "--encoding=latin-99"],
            ["row with too few or too many columns"] = s => Classified(s, "a.csv", "text,label\nx\ny,z,1\n"),
            ["quote that nothing ends"] = s => Classified(s, "a.csv", "text,label\nx,0\n\"y,1\n"),
            ["label that is no class"] = s => Glue(s, "sentence1\tsentence2\tlabel\na\tb\tmaybe\n"),
            ["label that is missing"] = s => Classified(s, "a.csv", "text,label\nx,0\ny,NA\nz,1\nu,\n"),
            ["score that is no number"] = s => Classified(s, "a.csv", "text,label\nx,0.5\ny,nan\n"),
            ["one class alone"] = s => Classified(s, "a.csv", "text,label\nx,1\ny,1\n"),
            ["texts without labels"] = s => Classified(s, "a.csv", "text;label\nx;1\n"),
            ["data set without texts"] = s => Classified(s, "a.csv", "age,label\n31,0\n42,1\n"),
            ["columns of one name"] = s => Classified(s, "a.csv", "text,label,text\nx,1,y\n"),
            ["number in place of a text"] = s =>
                Classified(s, "a.jsonl", "{\"text\": 5, \"label\": 1}\n{\"text\": \"y\", \"label\": 0}\n"),
            ["data set without rows"] = s => Classified(s, "a.csv", "text,label\n"),
            ["data set of another kind"] = s => Classified(s, "a.xlsx", "PK"),
            ["latency of a classifier"] =
                s => [.. Classifier(s), "--task_name=cola", "--do_search", "--search_cost=latency"],
            ["GLUE's data missing"] = s => [.. Classifier(s), $"--glue_dir={s.Folder}", "--task_name=cola"],
            ["one JSON object that is no record"] = s => Data(s, "{\"train\": [{}], \"test\": [{}]}"),
            ["columns of different lengths"] =
                s => Data(s, "{\"instruction\": [\"a\", \"b\"], \"output\": [\"c\"]}"),
            ["records with other keys"] = s => Data(s, "[{\"question\": \"2+3?\", \"answer\": \"5\"}]"),
            ["NaN in place of text"] = s => Data(s, "[{\"instruction\": \"a\", \"output\": NaN}]"),
            ["no record with a label"] = s => s.Training(("train_on_inputs", "False"), ("cutoff_len", "16")),
            ["number that no response can equal"] = s =>
                Set(s, "[{\"instruction\": \"a\", \"answer\": \"6 toys\"}]"),
            ["choice that no response can equal"] = s => Choice(s, "(A)"),
            ["answer that a task's pattern never finds"] = s => TaskFile(s, OwnTask(s, "{instruction}", "x", "exact")),
            ["number that a task's pattern never finds"] = s =>
            {
                File.WriteAllText(
                    Path.Combine(s.Datasets, "mawps", "test.json"), "[{\"instruction\": \"a\", \"answer\": \"12\"}]");
                return TaskFile(s, OwnTask(s, "{instruction}", @"answer is (\d)"));
            },
            ["test set missing"] = s => s.Training(("do_test", "True"), ("datasets_dir", "nowhere")),
            ["more validation records than records"] = s => s.Training(("val_set_size", "5000")),
            ["no record left to train on"] = s => s.Training(("val_set_size", "48")),
            ["model of another family"] = s =>
                Model(s, "config.json", "\"model_type\": \"llama\"", "\"model_type\": \"gpt2\""),
            ["model with a feature that is not computed"] = s => Replaced(
                s, "config.json", "{\"model_type\": \"gemma2\", \"hidden_size\": 64, \"intermediate_size\": 176, "
                    + "\"num_hidden_layers\": 2, \"num_attention_heads\": 4, \"vocab_size\": 320, "
                    + "\"hidden_activation\": \"silu\", \"use_bidirectional_attention\": true}"),
            ["text part of a larger model missing"] = s =>
                Replaced(s, "config.json", "{\"model_type\": \"gemma3\", \"vision_config\": {}}"),
            ["rotary positions by kind of layer"] = s => Replaced(
                s, "config.json",
                "{\"model_type\": \"gemma3_text\", \"rope_parameters\": {\"rope_theta\": 10000.0}}"),
            ["pointer in place of a file"] = s => Replaced(
                s, "model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4976698672\n"),
            ["server's message in place of a file"] = s =>
                Replaced(s, "config.json", "{\"error\": \"Entry not found\"}"),
            ["adapter given as a model"] = s => s.Training(("model_name_or_path", TinyLora.Folder)),
            ["model given as an adapter"] = s => s.Testing(("lora_weights", SampleRun.Model)),
            ["folder that is no model"] = s => s.Training(("model_name_or_path", s.Datasets)),
            ["folder without weights"] = s => Moved(s, "tf_model.h5"),
            ["shards missing"] = s => Moved(s, "model-00001-of-00002.safetensors"),
            ["other names in the weights"] = s => Renamed(s, "^model", "gpt"),
            ["adapter in a model's weights"] = s => Renamed(s, "q_proj.weight", "q_proj.lora_A.weight"),
            ["adapter without tensors"] = s => Adapter(s, "^.*$", ""),
            ["adapter of another model"] = s => Adapter(s, @"layers\.1\.", "layers.31."),
            ["shapes in the weights"] = s =>
                Model(s, "config.json", "\"intermediate_size\": 384", "\"intermediate_size\": 392"),
            ["truncated or unreadable weights"] = s => Truncated(s),
            ["index that names a missing file"] = s => Index(s, "model-00001-of-00002.safetensors"),
            ["index that names a file elsewhere"] = s => Index(s, "../secret.safetensors"),
            ["unsupported tokenizer"] = s => Tokenizer(s, "{\"model\": {\"type\": \"Unigram\", \"vocab\": []}}"),
            ["contradictory added tokens"] = s =>
                Added(s, "tokenizer_config.json", "{\"added_tokens_decoder\": {\"-1\": {\"content\": \"<a>\"}}}"),
            ["more added tokens than the model has rows"] = s => Added(s, "added_tokens.json", "{\"<|im_end|>\": 768}"),
            ["adapter with an unsupported feature"] = s => Dora(s),
            ["adapter with an unknown key"] = s => Dora(s, "some_future_thing"),
            ["configuration of another model"] = s =>
                s.Training(("nncf_config", Repository.Fixture("nncf_llama_tiny.json"))),
            ["rank that the configuration does not know"] = s => s.Training(("lora_r", "16")),
            ["target of plain LoRA that does not exist"] = s =>
                s.Training(("nncf_config", null), ("target_modules", "w_proj")),
            ["pattern that matches no layer"] = s =>
                s.Training(("nncf_config", null), ("target_modules", "q_proj|v_proj")),
            ["flag of another program"] = s => s.Training(("base_model", "m")),
            ["flag without a counterpart"] = s => s.Training(("load_8bit", "True")),
            ["two types of the base"] = s => s.Training(("dtype", "f32"), ("bf16", "True")),
            ["shell that completion does not know"] = _ => ["completion", "ksh"],
            ["unknown benchmark"] = s => ["bench", "foo"],
            ["targets that are no regular expression"] = s => s.Training(("target_modules", "(q_proj")),
            ["unknown flag"] = s => s.Training(("learning_rat", "1")),
            ["missing value"] = s => [.. s.Training(), "--seed"],
            ["wrong values"] = s => s.Training(("cutoff_len", "many"), ("lora_dropout", "1.5")),
            ["flag given twice"] = s => [.. s.Training(), "--seed", "1", "--seed", "7", "--dry_run"],
            ["key given twice in an options file"] = s =>
            {
                var path = Path.Combine(s.Folder, "twice.json");
                File.WriteAllText(path, "{\"seed\": 1, \"seed\": 7}");
                return ["run-math", path, "--dry_run"];
            },
            ["nothing to do"] = s => s.Training(("do_train", null)),
            ["search without validation records"] = s => s.Training(("do_search", "True")),
            ["population above the evaluations"] = s =>
                s.Training(("do_search", "True"), ("val_set_size", "4"), ("population", "201")),
            ["validation record that can't be judged"] = s => Unjudged(s),
            ["classifier where text is wanted"] = s =>
                ["generate", "--prompt", "a", "--model_name_or_path", Repository.Fixture("bert-tiny")],
            ["unknown problem_type of a classifier"] = s =>
            [
                "inspect", "--model_name_or_path",
                PublishedConfigs.Save(PublishedConfigs.BertBase[..^1] + ", \"problem_type\": \"multi_label\"}"),
            ],
            ["rotary scaling that is not supported"] = s => Inspect(
                "llama", "\"rope_scaling\": {\"type\": \"mrope\"}"),
            ["factors of longrope"] = s => Inspect(
                "phi3", "\"rope_scaling\": {\"type\": \"longrope\", \"short_factor\": [1, 1, 1]}"),
            ["bounds of yarn"] = s => Inspect(
                "qwen2", "\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4, \"beta_fast\": 1, \"beta_slow\": 2}"),
            ["part of a head that is rotated"] = s => Inspect("phi3", "\"partial_rotary_factor\": 0.7"),
            ["part of a head in a family that rotates all"] = s => Inspect("llama", "\"partial_rotary_factor\": 0.5"),
            ["activation of GPT-NeoX"] = s => Inspect("gpt_neox", "\"hidden_act\": \"relu\""),
            ["two names of one setting of GPT-NeoX"] = s => Inspect(
                "gpt_neox", "\"rotary_pct\": 0.5, \"partial_rotary_factor\": 0.25"),
            ["token beyond the vocabulary"] = s => Generate("--input_ids", "1700"),
            ["end token beyond the vocabulary"] = s => Generate("--prompt", "a", "--eos_token_id", "1700"),
            ["sampling options without sampling"] = s => Generate("--prompt", "a", "--top_k", "5"),
            ["more sequences than beams"] = s => Generate("--prompt", "a", "--num_return_sequences", "2"),
            ["unknown element type of a benchmark"] = s => ["bench", "generate", "--dtypes", "int8"],
            ["unknown command"] = s => ["run-maths"],
            ["options file missing"] = s => ["run-math", "nope.json"],
            ["output folder with other files"] = s => Used(s),
            ["output folder is a file"] = s => s.Training(("output_dir", s.Dataset)),
            ["unknown task"] = s => Evaluate("maws"),
            ["task named twice"] = s => Evaluate("mawps,math"),
            ["task file"] = s => TaskFile(s, "{\"name\": \"own\", \"metric\": \"f1\"}"),
            ["empty test set"] = s => Set(s, "[]"),
            ["test record without an answer"] = s =>
                Set(s, "[{\"instruction\": \"a\"}, {\"instruction\": \"a\", \"answer\": 1}]"),
            ["neither chat template nor model"] = s => ["preview", "--messages", Conversation(s, "[]")],
            ["chat template missing"] = s => Preview(s, "[]", "--chat_template", "nothere.jinja"),
            ["model without a chat template"] = s => Preview(s, "[]", "--model_name_or_path", SampleRun.Model),
            ["chat template with an error"] = s => Template(s, "{{ messages.append(1) }}"),
            ["chat template that is not supported"] = s => Template(s, "{% include 'more.jinja' %}"),
            ["chat template that refuses a conversation"] = s =>
                Template(s, "{{ raise_exception('Conversation roles must alternate user/assistant/...') }}"),
            ["chat template that does not end"] = s => Template(
                s, "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"),
            ["conversation without messages"] = s => Preview(s, "{\"text\": 1}", "--chat_template", "chatml"),
            ["message that is none"] = s =>
                Preview(s, "[5, {\"role\": \"user\", \"content\": 1}]", "--chat_template", "chatml"),
            ["variables of a chat template"] = s =>
                Preview(s, "[]", "--chat_template", "chatml", "--chat_template_kwargs", "[1]"),
            ["no new tokens"] = s => s.Training(("max_new_tokens", "0")),
            ["extract or merge into an existing folder"] = s => Source(Extract, "--output_dir", s.Folder),
            ["adapter of a cut base"] = s => Source(
                "export", "--to", "peft", "--output", Path.Combine(s.Folder, "peft"), "--sub_adapter", "heuristic"),
            ["GGUF output that is a folder"] = s => Source("export", "--to", "gguf", "--output", s.Folder),
            ["GGUF of a family without one"] = s =>
            [
                "export", "--to", "gguf", "--output", Path.Combine(s.Folder, "b.gguf"),
                "--model_name_or_path", Repository.Fixture("bert-tiny"),
            ],
            ["output folder of another run"] = s =>
                Again(s.Training(("max_steps", "1")), s.Training(("seed", "7"), ("max_steps", "1"))),
            ["damaged test journal"] = s =>
                Damaged(s, "test.partial.jsonl", s.Testing(("lora", null), ("lora_weights", null))),
            ["damaged journal of a search"] = s => Damaged(s, "search_journal.jsonl", Searched(s)),
            ["latency table of another search space"] = s => DamagedTable(s),
            ["latency table of another model or machine set-up"] = s => MeasuredOtherwise(s),
            ["accuracy limit that every sub-adapter meets"] = s => Lenient(s),
            ["accuracy limit that only the maximal sub-adapter meets"] = s => Strict(s),
            ["latency table of an earlier release"] = s => MeasuredOnce(s),
            ["model without a chat template"] = s => Chat("--prompt", "a"),
            ["variables of a chat template"] = s => Chat("--prompt", "a", "--chat_template_kwargs", "[1]"),
            ["chat beside another prompt"] = s => Chat("--prompt", "a", "--raw"),
            ["message beside a conversation"] = s => Chat("--messages", "chat.json"),
            ["chat template without a chat"] = s =>
                ["generate", "--model_name_or_path", SampleRun.Model, "--prompt", "a", "--chat_template", "chatml"],
            ["conversation without messages"] = s => Messages(s, "{\"turns\": []}"),
            ["message that is no object"] = s => Messages(s, "[{\"role\": \"user\"}, \"hello\"]"),
            ["generation configuration"] = s => GenerationConfiguration(s, "{\"top_k\": -1, \"top_p\": 2}"),
            ["unknown device"] = s =>
                ["generate", "--prompt", "a", "--model_name_or_path", SampleRun.Model, "--device", "gpu"],
            ["missing device"] =
                s => ["generate", "--prompt", "a", "--model_name_or_path", SampleRun.Model, "--device", "cuda:99"],
            ["weights that give no numbers"] = s =>
                ["generate", "--prompt", "a", "--model_name_or_path", ErrorModels.Scaled(s, FinalNorm, double.NaN)],
            ["extracted model that differs from the masked one"] = s =>
            [
                Extract, "--dtype", "f16", "--output_dir", Path.Combine(s.Folder, "small"),
                // What is left of these in float16 is zero.
                "--model_name_or_path", ErrorModels.Scaled(s, FinalNorm, 1e-9),
            ],
            ["GGUF with a larger tokenizer than the model"] = s => Gguf(s, ErrorModels.WithLargerTokenizer(s)),
            ["GGUF of an unknown tokenizer"] = s => Gguf(s, ErrorModels.WithUnknownSplit(s)),
            ["record that lacks a key of the template"] = s => TaskFile(s, OwnTask(s, "{instruction} {kind}")),
            ["task file without training records"] = s =>
            [
                .. s.Training(("dataset_path", null)),
                $"--task_file={TaskFile(s, OwnTask(s, "{instruction}"))[^1]}",
            ],
            ["training that diverges"] = s => s.Training(
                ("nncf_config", null), ("learning_rate", "1e38"), ("save_strategy", "steps"), ("save_steps", "1"),
                ("max_skipped_steps", "1")),
            ["too little memory expected"] = s => LongRecord(s),
            ["checkpoint missing"] = s => s.Training(("resume_from_checkpoint", "nowhere")),
        };

    /// <summary>A training on records of a file, or of the folder that it is in.</summary>
    private static string[] Records(SampleRun sample, string name, string text, string? folder = null)
    {
        var path = Path.Combine(sample.Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, name.EndsWith(".gz", StringComparison.Ordinal)
            ? [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B] : Encoding.UTF8.GetBytes(text));
        return
        [
            "train", "--model_name_or_path", SampleRun.Model, "--chat_template", "chatml", "--output_dir", sample.Output,
            "--dataset_path", folder is null ? path : Path.Combine(sample.Folder, folder),
        ];
    }

    /// <summary>A conversation whose first message has this content.</summary>
    private static string Asked(string content) => $$"""
        {"messages": [{"role": "user", "content": {{content}}}, {"role": "assistant", "content": "b"}]}
        """;

    private static string[] Chat(params string[] flags) =>
        ["generate", "--model_name_or_path", SampleRun.Model, "--chat", .. flags];

    private static string[] Messages(SampleRun sample, string json)
    {
        var path = Path.Combine(sample.Folder, "chat.json");
        File.WriteAllText(path, json);
        return ["generate", "--model_name_or_path", SampleRun.Model, "--messages", path];
    }

    private static string[] GenerationConfiguration(SampleRun sample, string json)
    {
        var model = SampleRun.CopyOfModel(Path.Combine(sample.Folder, "model"));
        File.WriteAllText(Path.Combine(model, "generation_config.json"), json);
        return ["generate", "--chat", "--prompt", "a", "--model_name_or_path", model];
    }

    private static string[] Again(string[] first, string[] then)
    {
        Assert.Equal(0, CliRun.Of(first).ExitCode);
        return then;
    }

    /// <summary>The line of a search of an adapter that was trained for a step.</summary>
    private static string[] Searched(SampleRun sample) => Again(
        sample.Training(("max_steps", "1")),
        sample.Testing(
            ("do_test", null), ("do_search", "True"), ("dataset_path", sample.Dataset), ("val_set_size", "2"),
            ("num_evals", "2"), ("population", "2"), ("max_new_tokens", "1"), ("num_beams", "1")));

    /// <summary>Interrupted at once, and a line added to what it journaled.</summary>
    private static string[] Damaged(SampleRun sample, string journal, string[] line)
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Equal(130, SampleRun.Run(line, stop.Token).ExitCode);
        File.AppendAllText(Path.Combine(sample.Output, journal), "{}\n");
        return line;
    }

    private static string[] DamagedTable(SampleRun sample)
    {
        var line = Searched(sample);
        File.WriteAllText(Path.Combine(sample.Output, "latency_table.json"), "{}");
        return [.. line, "--search_cost=latency"];
    }

    /// <summary>A table that fits the search space and says nothing of what it was measured under.</summary>
    private static string[] MeasuredOtherwise(SampleRun sample)
    {
        var line = Searched(sample);
        LatencyMeasurement.Run(
            SampleRun.Space(), 16, 32, 4, _ => false, (_, tokens) => [.. Enumerable.Repeat(1.0, tokens)])
            .Save(Path.Combine(sample.Output, "latency_table.json"));
        return [.. line, "--search_cost=latency"];
    }

    private static string[] MeasuredOnce(SampleRun sample)
    {
        string[] line = [.. Searched(sample), "--search_cost=latency", "--search_metric=loss"];
        SampleLatency.Save(sample.Output, noise: null, line);
        return line;
    }

    private static string[] Lenient(SampleRun sample) => Limited(sample, "\"ref_acc\": 0.24, \"acc_delta\": 1");

    /// <summary>After few steps of training no answer is right, and so none as often as here is asked.</summary>
    private static string[] Strict(SampleRun sample) =>
        Limited(sample, "\"ref_acc\": 0.9666666666666667, \"acc_delta\": 0.01");

    private static string[] Limited(SampleRun sample, string limit)
    {
        var configuration = Path.Combine(sample.Folder, "limited.json");
        File.WriteAllText(configuration, File.ReadAllText(SampleRun.Configuration)
            .Replace("\"acc_delta\": 0.01", limit));
        return [.. Searched(sample), $"--nncf_config={configuration}"];
    }

    /// <summary>One record of so many tokens that no machine holds a batch that is padded to it.</summary>
    private static string[] LongRecord(SampleRun sample)
    {
        var records = Enumerable.Repeat("a", 47).Append(string.Concat(Enumerable.Repeat("a b ", 1_000_000)))
            .Select(text => new { instruction = text, output = "b" });
        JsonOutput.Save(sample.Dataset, records.ToArray());
        return sample.Training(("per_device_train_batch_size", "48"), ("cutoff_len", "4000000"));
    }

    private static string[] Gguf(SampleRun sample, string model) =>
        ["export", "--to", "gguf", "--output", Path.Combine(sample.Folder, "x.gguf"), "--model_name_or_path", model];

    private static string Conversation(SampleRun sample, string json)
    {
        var file = Path.Combine(sample.Folder, "conversation.json");
        File.WriteAllText(file, json);
        return file;
    }

    private static string[] Preview(SampleRun sample, string json, params string[] flags) =>
        ["preview", "--messages", Conversation(sample, json), .. flags];

    private static string[] Template(SampleRun sample, string text)
    {
        var file = Path.Combine(sample.Folder, "template.jinja");
        File.WriteAllText(file, text);
        return Preview(sample, "[]", "--chat_template", file);
    }

    private static string OwnTask(
        SampleRun sample, string template, string pattern = "(\\d+)", string metric = "number")
    {
        var data = Path.Combine(sample.Datasets, "mawps", "test.json");
        return JsonSerializer.Serialize(
            new { name = "own", data, template, answer = new { pattern }, metric, max_new_tokens = 4 });
    }

    private static string[] Data(SampleRun sample, string content)
    {
        File.WriteAllText(sample.Dataset, content);
        return sample.Training();
    }

    private static string[] Latin1(SampleRun sample, string content)
    {
        File.WriteAllText(sample.Dataset, content, Encoding.Latin1);
        return sample.Training();
    }

    /// <summary>A training of a classifier on a file of one's own.</summary>
    private static string[] Classified(SampleRun sample, string name, string content)
    {
        var path = Path.Combine(sample.Folder, name);
        File.WriteAllText(path, content);
        return [.. Classifier(sample), $"--train_file={path}"];
    }

    /// <summary>A training of a classifier on RTE.</summary>
    private static string[] Glue(SampleRun sample, string content)
    {
        var folder = Directory.CreateDirectory(Path.Combine(sample.Folder, "RTE")).FullName;
        File.WriteAllText(Path.Combine(folder, "train.tsv"), content);
        return [.. Classifier(sample), $"--glue_dir={sample.Folder}", "--task_name=rte"];
    }

    private static string[] Classifier(SampleRun sample) =>
    [
        "run-glue", "--lora", "--do_train", $"--model_name_or_path={Repository.Fixture("bert-tiny")}",
        $"--output_dir={sample.Output}",
    ];

    private static string[] Utf16(SampleRun sample, bool mark)
    {
        File.WriteAllText(sample.Dataset, "[{}]", new UnicodeEncoding(bigEndian: false, mark));
        return sample.Training();
    }

    private static string[] Choice(SampleRun sample, string answer)
    {
        var path = Path.Combine(sample.Datasets, "AQuA", "test.json");
        JsonOutput.Save(path, new[] { new { instruction = "a", answer } });
        return sample.Training(("do_test", "True"));
    }

    private static string[] Unjudged(SampleRun sample)
    {
        var record = new { instruction = "a", output = "b" };
        JsonOutput.Save(sample.Dataset, Enumerable.Repeat(record, 8).ToArray());
        return sample.Training(("do_search", "True"), ("val_set_size", "4"), ("num_evals", "4"), ("population", "2"));
    }

    private static string[] Model(SampleRun sample, string file, string from, string to)
    {
        var path = Path.Combine(SampleRun.CopyOfModel(Path.Combine(sample.Folder, "model")), file);
        var text = File.ReadAllText(path);
        Assert.Contains(from, text);
        File.WriteAllText(path, text.Replace(from, to));
        return sample.Training(("model_name_or_path", Path.GetDirectoryName(path)!));
    }

    private static string[] Truncated(SampleRun sample)
    {
        var model = SampleRun.CopyOfModel(Path.Combine(sample.Folder, "model"));
        using var stream = File.OpenWrite(Path.Combine(model, "model.safetensors"));
        stream.SetLength(stream.Length / 2);
        return sample.Training(("model_name_or_path", model));
    }

    private static string[] Replaced(SampleRun sample, string file, string content)
    {
        var model = SampleRun.CopyOfModel(Path.Combine(sample.Folder, "model"));
        File.WriteAllText(Path.Combine(model, file), content);
        return sample.Training(("model_name_or_path", model));
    }

    /// <summary>The sample's weights under another name.</summary>
    private static string[] Moved(SampleRun sample, string name)
    {
        var model = SampleRun.CopyOfModel(Path.Combine(sample.Folder, "model"));
        File.Move(Path.Combine(model, "model.safetensors"), Path.Combine(model, name));
        return sample.Training(("model_name_or_path", model));
    }

    private static string[] Renamed(SampleRun sample, string pattern, string replacement) => sample.Training(
        ("model_name_or_path",
            RenamedWeights.Copy(SampleRun.Model, Path.Combine(sample.Folder, "model"), pattern, replacement)));

    private static string[] Adapter(SampleRun sample, string pattern, string replacement) =>
    [
        "generate", "--model_name_or_path", Repository.Fixture("llama-tiny"), "--input_ids", "1", "--lora_weights",
        RenamedWeights.Copy(TinyLora.Folder, Path.Combine(sample.Folder, "adapter"), pattern, replacement),
    ];

    private static string[] Index(SampleRun sample, string shard)
    {
        var model = SampleRun.CopyOfModel(Path.Combine(sample.Folder, "model"));
        File.Delete(Path.Combine(model, "model.safetensors"));
        JsonOutput.Save(
            Path.Combine(model, "model.safetensors.index.json"),
            new { weight_map = new Dictionary<string, string> { ["a"] = shard } });
        return sample.Training(("model_name_or_path", model));
    }

    private static string[] Tokenizer(SampleRun sample, string content)
    {
        var model = SampleRun.CopyOfModel(Path.Combine(sample.Folder, "model"));
        File.Delete(Path.Combine(model, "tokenizer.model"));
        File.WriteAllText(Path.Combine(model, "tokenizer.json"), content);
        return sample.Training(("model_name_or_path", model));
    }

    private static string[] Added(SampleRun sample, string file, string content)
    {
        var model = SampleRun.CopyOfModel(Path.Combine(sample.Folder, "model"));
        File.WriteAllText(Path.Combine(model, file), content);
        return sample.Training(("model_name_or_path", model));
    }

    private static string[] Dora(SampleRun sample, string key = "use_dora")
    {
        var adapter = Directory.CreateDirectory(Path.Combine(sample.Folder, "adapter")).FullName;
        foreach (var path in Directory.EnumerateFiles(TinyLora.Folder))
        {
            File.Copy(path, Path.Combine(adapter, Path.GetFileName(path)));
        }

        var config = Path.Combine(adapter, "adapter_config.json");
        File.WriteAllText(config, File.ReadAllText(config).TrimEnd().TrimEnd('}').TrimEnd() + $", \"{key}\": true}}");
        return sample.Testing(("lora_weights", adapter));
    }

    private static string[] Used(SampleRun sample)
    {
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(sample.Output).FullName, "notes.txt"), "mine");
        return sample.Training();
    }

    private static string[] TaskFile(SampleRun sample, string content)
    {
        var path = Path.Combine(sample.Folder, "own.json");
        File.WriteAllText(path, content);
        return Evaluate(path);
    }

    private static string[] Set(SampleRun sample, string content)
    {
        File.WriteAllText(Path.Combine(sample.Datasets, "gsm8k", "test.json"), content);
        return sample.Training(("do_test", "True"));
    }

    private static string[] Evaluate(string tasks) =>
        ["evaluate", "--model_name_or_path", SampleRun.Model, "--tasks", tasks];

    /// <summary>Counts a small model of a family with these keys beside its sizes.</summary>
    private static string[] Inspect(string type, string keys) =>
    [
        "inspect", "--model_name_or_path", PublishedConfigs.Save(
            $$"""
            {"model_type": "{{type}}", "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
             "num_attention_heads": 4, "vocab_size": 320, {{keys}}}
            """),
    ];

    private static string[] Generate(params string[] more) =>
        ["generate", "--model_name_or_path", SampleRun.Model, .. more];

    private static string[] Source(string command, params string[] more) =>
    [
        command, "--model_name_or_path", Repository.Fixture("llama-tiny"), "--lora_weights",
        TinyFamilies.AdapterFolder("llama"),
        "--nncf_config", Repository.Fixture("nncf_llama_tiny.json"), .. more,
    ];
}
