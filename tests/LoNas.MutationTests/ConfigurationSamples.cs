using System.Text.Json.Nodes;
using LoNas.Cli.Flags;
using LoNas.Cli.Options;
using LoNas.Cli.Train;
using LoNas.Elastic;
using LoNas.Evaluation;
using LoNas.Formats;
using LoNas.Formats.Nncf;
using LoNas.Formats.Peft;
using LoNas.Hub;
using LoNas.Models;
using LoNas.MutationTests.Mutations;
using LoNas.Search;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.MutationTests;

/// <summary>
/// Every kind of JSON that the program reads, except tokenizers, indexes and records, with the code that reads it.
/// </summary>
internal sealed class ConfigurationSamples(MutationFolder folder)
{
    private static readonly string[] Families =
        ["llama-tiny", "llama-gqa-tiny", "mistral-tiny", "qwen2-tiny", "bloom-tiny", "bert-tiny"];

    private static readonly string[] Layers =
        ["model.layers.0.self_attn.q_proj", "bert.encoder.layer.1.attention.self.query"];

    private readonly SuperAdapter _adapter = TinyLora.Load().Adapter;
    private readonly SearchSpace _space = TinySearchSpace.Bind();
    private readonly JsonObject _identity = new() { ["seed"] = 1, ["model"] = "tiny" };
    private readonly Dictionary<string, string> _conditions = new() { ["threads"] = "1" };

    public IReadOnlyList<Sample> All() =>
    [
        .. Families.Select(Model),
        .. new[] { "llama-tiny-lora", "bert-tiny-lora" }.Select(Adapter),
        New("patterns/adapter_config.json", Text.Adapter, path => UseAdapter(Path.GetDirectoryName(path)!)),
        .. new[] { "nncf_llama_tiny.json", "nncf_bloom_tiny.json", "nncf_lr_schedule.json" }.Select(Nncf),
        New("generation/generation_config.json", """{"eos_token_id": [2, 3], "do_sample": true, "bos_token_id": 1}""",
            path => EndTokens.Read(Path.GetDirectoryName(path)!, JsonInput.Parse("{}", "none"), "none")),
        New("sub/sub.json", _space.ToJson(_space.Heuristic), path => _space.Named(path)),
        New("front/pareto_front.json", Front(), path => FrontFile.Load(path, _space).Within(1e12, null)),
        New(
            "latency/latency_table.json", Latency(),
            path => LatencyTable.Load(path, _space, _conditions).Of(_space.Minimal)),
        New("search/search_journal.jsonl", Text.SearchJournal, path => SearchJournal.Open(path, _identity).Dispose()),
        New("checked/search_journal.jsonl", Checked(), Continue),
        New("test/test.partial.jsonl", Text.ResponseJournal, path => ResponseJournal.Open(path, _identity).Dispose()),
        New("task/own.json", Text.Task, path => TaskFileReader.Read(path).Rule.Extract("The answer is 12, or 13.")),
        New("options/options.json", Text.Options, ReadOptions),
        New(
            "manifest/lonas.json", Text.Manifest,
            path => AdapterManifest.Configuration(Path.GetDirectoryName(path)!, null)),
        New("own/lonas.json", OwnManifest(), path => ManifestCheck.Require(Path.GetDirectoryName(path)!, _adapter)),
        New("marker/lonas_run.json", Text.Marker, path => OutputFolder.Inspect(
            Path.GetDirectoryName(path)!, new JsonObject { ["seed"] = 42, ["lora_r"] = 8 }, testing: null,
            overwrite: false)),
        New(
            "metrics/all_results.json", """{"eval_loss": 1.5, "epoch": 3, "train_runtime": 12.25}""",
            path => Merge(Path.GetDirectoryName(path)!)),
        New(
            "hub/model.safetensors.index.json",
            """{"metadata": {}, "weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}""",
            path => HubFileSet.Shards(path)),
    ];

    /// <summary>Evaluations that the tiny search may have made; each must be possible, however it is damaged.</summary>
    private string Checked()
    {
        var path = folder.File("checked", "search_journal.jsonl");
        using (var journal = SearchJournal.Open(path, _identity))
        {
            foreach (var (index, subAdapter) in new[] { _space.Maximal, _space.Heuristic, _space.Minimal }.Index())
            {
                journal.Append(Genome.Of(_space, subAdapter), [Cost(subAdapter), -0.25 * index]);
            }
        }

        return File.ReadAllText(path);
    }

    private void Continue(string path)
    {
        var check = new JournalCheck(
            _space, new SearchAxes(SearchCost.Macs, SearchMetric.Accuracy), Cost, records: 4);
        using var journal = SearchJournal.Open(path, _identity, check.Problem);
        foreach (var subAdapter in new[] { _space.Maximal, _space.Heuristic, _space.Minimal })
        {
            if (journal.Find(Genome.Of(_space, subAdapter)) is [var cost, var metric]
                && (cost != Cost(subAdapter) || metric is not (0 or -0.25 or -0.5 or -0.75 or -1)))
            {
                throw new InvalidOperationException($"The journal gave {cost}, {metric} for {subAdapter}");
            }
        }
    }

    /// <summary>What a run accepts at its start it must be able to merge into at its end.</summary>
    private static void Merge(string folder)
    {
        MetricsFiles.RequireMergeable(folder);
        try
        {
            MetricsFiles.Save(folder, MetricsFiles.EvalResults, new JsonObject { ["eval_loss"] = 1.25 });
        }
        catch (InvalidDataException error)
        {
            throw new InvalidOperationException("Accepted at the start and refused at the end", error);
        }
    }

    private static double Cost(SubAdapter subAdapter) => subAdapter.Widths.Sum();

    /// <summary>The manifest of the tiny adapter.</summary>
    private string OwnManifest()
    {
        var path = folder.File("own", AdapterManifest.FileName);
        AdapterManifest.Save(Path.GetDirectoryName(path)!, _adapter, configuration: null);
        return File.ReadAllText(path);
    }

    private static Sample New(MutationFolder folder, string path, byte[] original, Action<string> read) =>
        new(folder.File(Path.GetDirectoryName(path)!, Path.GetFileName(path)), new JsonMutator(original).Mutate, read);

    private Sample New(string path, string text, Action<string> read) =>
        New(folder, path, System.Text.Encoding.UTF8.GetBytes(text), read);

    private Sample Model(string family) => New(
        folder, $"{family}/config.json", File.ReadAllBytes(Repository.Fixture(family, "config.json")),
        path => LinearLayout.Load(path));

    private Sample Adapter(string fixture) => New(
        folder, $"{fixture}/adapter_config.json",
        File.ReadAllBytes(Repository.Fixture(fixture, "safetensors", "adapter_config.json")),
        path => UseAdapter(Path.GetDirectoryName(path)!));

    private static void UseAdapter(string adapter)
    {
        var options = PeftFolder.LoadOptions(adapter);
        foreach (var layer in Layers)
        {
            _ = (options.Targets(layer), options.TrainsInFull(layer), options.RankOf(layer), options.ScalingOf(layer));
        }
    }

    private Sample Nncf(string file) => New(folder, $"nncf/{file}", File.ReadAllBytes(Repository.Fixture(file)), path =>
    {
        var configuration = NncfConfiguration.Load(path);
        configuration.Bind(TinySearchSpace.Linears());
    });

    private static void ReadOptions(string path)
    {
        var line = new System.CommandLine.RootCommand { TreatUnmatchedTokensAsErrors = false }.Parse([path]);
        OptionReader<RunOptions>.Read(RunOptions.Table, line.Tokens, options => options.Validate(), _ => { });
    }

    private string Front() => new JsonArray(
        new JsonObject
        {
            ["sub_adapter"] = JsonNode.Parse(_space.ToJson(_space.Minimal)),
            ["macs"] = 1e8,
            ["accuracy"] = 0.5,
            ["loss"] = null,
        },
        new JsonObject
        {
            ["sub_adapter"] = JsonNode.Parse(_space.ToJson(_space.Maximal)),
            ["macs"] = 2e8,
            ["accuracy"] = 0.75,
            ["loss"] = 1,
        })
        .ToJsonString();

    private string Latency()
    {
        var table = LatencyMeasurement.Run(
            _space, 16, 32, 2, _ => false, (_, tokens) => [.. Enumerable.Repeat(1.5, tokens)]);
        var path = folder.File("latency", "latency_table.json");
        (table with { Conditions = _conditions }).Save(path);
        return File.ReadAllText(path);
    }
}
