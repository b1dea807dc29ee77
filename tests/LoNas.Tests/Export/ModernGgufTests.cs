using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Export.Gguf;
using LoNas.Models;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using LoNas.Text;

namespace LoNas.Tests.Export;

/// <summary>
/// Modern families as GGUF: llama.cpp continues with the tokens of this program, within windows and across them, and
/// what it would compute otherwise is refused or said.
/// </summary>
public sealed class ModernGgufTests : IDisposable
{
    private const int Count = 64;

    private const string Text = "Tom has 12345 apples, he's happy! Übung 123\n\n  x";

    private const string Yarn =
        """{"rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}}""";

    /// <summary>llama.cpp's pattern of windows, over more layers than it repeats after.</summary>
    private const string Sixth = """{"num_hidden_layers": 7, "layer_types": null, "sliding_window_pattern": 6}""";

    private const string Llama3 = """
        {"use_sliding_window": false, "layer_types": null,
         "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 32,
                          "low_freq_factor": 1.0, "high_freq_factor": 4.0}}
        """;

    private readonly TemporaryFolder _folder = new();

    /// <summary>A prompt longer than the recorded windows of 16.</summary>
    private static int[] Long => [.. Enumerable.Range(0, 40).Select(i => 7 + (i * 37 % 290))];

    private string File => _folder.Path("model.gguf");

    /// <summary>Recording, tokenizer, architecture, and keys that make it what llama.cpp holds.</summary>
    public static TheoryData<string, string, string, string> Models => new()
    {
        { "llama3-tiny", "llama3/tokenizer.json.gz", "llama", "{}" },
        { "qwen3-tiny", "qwen3/tokenizer.json.gz", "qwen3", "{}" },
        { "qwen3-tiny", "qwen2", "qwen3", """{"attention_bias": false, "tie_word_embeddings": true}""" },
        { "olmo2-tiny", "gpt2", "olmo2", "{}" },
        { "smollm3-tiny", "llama3", "smollm3", """{"no_rope_layers": [1, 1, 1, 0]}""" },
        { "granite-tiny", "qwen2", "granite", "{}" },
        { "qwen2-window-tiny", "qwen2", "qwen2", """{"use_sliding_window": false, "layer_types": null}""" },
        { "llama3-tiny", "llama3", "llama", Yarn },
        { "qwen3-tiny", "qwen2", "qwen3", Yarn },
        { "qwen3-tiny", "qwen2", "qwen3", """{"rope_scaling": {"rope_type": "linear", "factor": 2.5}}""" },
        { "qwen2-window-tiny", "qwen2", "deci", Llama3 },
        { "phi3-tiny", "llama-fast", "phi3", "{}" },
        { "phi3-tiny", "llama-fast", "phi3", """{"partial_rotary_factor": 0.5}""" },
        { "gpt-neox-tiny", "gpt2", "gptneox", """{"hidden_act": "gelu_new"}""" },
        { "gpt-neox-tiny", "gpt2", "gptneox", """{"hidden_act": "gelu_new", "use_parallel_residual": false}""" },
        { "granite-tiny", "digits", "granite", """{"tie_word_embeddings": true}""" },
        { "olmo2-tiny", "dbrx", "olmo2", """{"tie_word_embeddings": true}""" },
        { "gemma-tiny", "gemma3/tokenizer.json.gz", "gemma", "{}" },
        { "gemma2-tiny", "llama-fast", "gemma2", "{}" },
        { "gemma2-tiny", "llama-fast", "gemma2", """{"query_pre_attn_scalar": 32}""" },
        { "gemma2-tiny", "llama-fast", "gemma2", """{"attn_logit_softcapping": null, "final_logit_softcapping": 4}""" },
        { "gemma3-tiny", "llama-fast", "gemma3", Sixth },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Save_ModernFamily_SameTextAndTokensInLlamaCpp(
        string name, string tokenizer, string architecture, string keys)
    {
        LlamaCpp.Require();
        var folder = Make(name, tokenizer, keys, keys == Sixth ? 7 : 4);

        var report = ExportRuns.Gguf(new OpenOptions { Model = folder }, File);

        Assert.Equal(architecture, report.Architecture);
        Assert.Empty(report.Notices);
        Assert.InRange(report.Check!.Relative, 0, 1e-5);
        var result = Assert.Single(LlamaCpp.Run(new LlamaCppCase(File, Long, Count, Text: Text)));
        Assert.Equal(ModernGgufFolder.Greedy(folder, Long, Count), result.Ids);
        var own = TextTokenizer.Load(folder);
        var ids = own.Encode(Text);
        Assert.Equal(ids.Length > 0 && own.IsSpecial(ids[0]) ? ids[1..] : ids, result.Tokens!);
    }

    public static TheoryData<string, string, string> Uneven => new()
    {
        { "llama3-tiny", "deci", "{}" },
        { "qwen3-tiny", "qwen3", "{}" },
        { "olmo2-tiny", "olmo2", "{}" },
        { "smollm3-tiny", "smollm3", """{"no_rope_layers": [1, 1, 1, 0]}""" },
        { "granite-tiny", "granite", "{}" },
        { "phi3-tiny", "phi3", "{}" },
        { "gpt-neox-tiny", "gptneox", """{"hidden_act": "gelu_new"}""" },
        { "gemma-tiny", "gemma", "{}" },
        { "gemma2-tiny", "gemma2", "{}" },
        { "gemma3-tiny", "gemma3", """{"layer_types": null, "sliding_window_pattern": 6}""" },
    };

    [Theory]
    [MemberData(nameof(Uneven))]
    public void Save_WidthsByLayer_HeldOrPaddedAndSaid(string name, string architecture, string keys)
    {
        LlamaCpp.Require();
        var folder = Make(name, "qwen2", keys, widths: [132, 176, 88, 150]);

        var report = ExportRuns.Gguf(new OpenOptions { Model = folder }, File);

        Assert.Equal(architecture, report.Architecture);
        Assert.Equal(architecture == "deci" ? 0 : 1, report.Notices.Count);
        Assert.All(
            report.Notices, notice => Assert.Contains("88, 132, 150, 176 features", notice, StringComparison.Ordinal));
        var result = Assert.Single(LlamaCpp.Run(new LlamaCppCase(File, Long, Count)));
        Assert.Equal(ModernGgufFolder.Greedy(folder, Long, Count), result.Ids);
    }

    [Theory]
    [MemberData(nameof(Uneven))]
    public void SaveLora_ModernFamily_SameTokensInLlamaCpp(string name, string architecture, string keys)
    {
        LlamaCpp.Require();
        var folder = Make(name, "qwen2", keys);
        var adapter = new ModernModel(name).AdapterFolder;
        var lora = _folder.Path("lora.gguf");

        ExportRuns.Gguf(new OpenOptions { Model = folder }, File);
        var report = ExportRuns.GgufLora(new OpenOptions { Model = folder, Adapter = adapter }, lora);

        Assert.Equal(architecture == "deci" ? "llama" : architecture, report.Architecture);
        var result = Assert.Single(LlamaCpp.Run(new LlamaCppCase(File, Long, Count, Lora: lora)));
        var expected = ModernGgufFolder.Greedy(folder, Long, Count, adapter);
        Assert.NotEqual(ModernGgufFolder.Greedy(folder, Long, Count), expected);
        Assert.Equal(expected, result.Ids);
    }

    [Theory]
    [InlineData("mistral-window-tiny", "{}", "llama has no sliding window: it computes the same within the 16")]
    [InlineData("qwen2-window-tiny", "{}", "qwen2 has no sliding window: it computes the same within the 16")]
    [InlineData(
        "qwen3-tiny", """{"rope_scaling": {"rope_type": "dynamic", "factor": 2}}""", "within the 256 positions")]
    public void Save_WhatHoldsForAPartOfThePositions_SaidAndTheSameThere(string name, string keys, string notice)
    {
        LlamaCpp.Require();
        var folder = Make(name, "qwen2", keys);

        var report = ExportRuns.Gguf(new OpenOptions { Model = folder }, File);

        Assert.Contains(notice, Assert.Single(report.Notices), StringComparison.Ordinal);
        var result = Assert.Single(LlamaCpp.Run(new LlamaCppCase(File, Long[..8], 8)));
        Assert.Equal(ModernGgufFolder.Greedy(folder, Long[..8], 8), result.Ids);
    }

    [Fact]
    public void Save_LongRope_SameOnEachSideOfTheOriginalLength()
    {
        LlamaCpp.Require();
        const string keys =
            """{"original_max_position_embeddings": 256, "max_position_embeddings": 1024}""";
        var folder = Make("phi3-longrope-tiny", "llama-fast", keys);
        int[] beyond = [.. Enumerable.Range(0, 300).Select(i => 7 + (i * 37 % 290))];

        var report = ExportRuns.Gguf(new OpenOptions { Model = folder }, File);

        Assert.Contains(
            "on texts of up to 256 tokens in a context of no more", Assert.Single(report.Notices),
            StringComparison.Ordinal);
        var results = LlamaCpp.Run(
            new LlamaCppCase(File, Long, Count, Context: 256), new LlamaCppCase(File, beyond, Count));
        Assert.Equal(ModernGgufFolder.Greedy(folder, Long, Count), results[0].Ids);
        Assert.Equal(ModernGgufFolder.Greedy(folder, beyond, Count), results[1].Ids);
    }

    [Fact]
    public void Save_OtherPatternOfWindows_ListedAndSaid()
    {
        LlamaCpp.Require();
        var folder = Make("gemma3-tiny", "llama-fast", "{}");

        var report = ExportRuns.Gguf(new OpenOptions { Model = folder }, File);

        Assert.Contains("(all but every 6th)", Assert.Single(report.Notices), StringComparison.Ordinal);
        var result = Assert.Single(LlamaCpp.Run(new LlamaCppCase(File, Long, Count)));
        Assert.Equal(ModernGgufFolder.Greedy(folder, Long, Count), result.Ids);
    }

    [Fact]
    public void Save_ExactGelu_Said()
    {
        var folder = Make("gpt-neox-tiny", "gpt2", "{}");

        var report = ExportRuns.Gguf(new OpenOptions { Model = folder }, File);

        Assert.Contains("approximates GELU by tanh", Assert.Single(report.Notices), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("smollm3-tiny", "{}", "every fourth (no_rope_layers)")]
    [InlineData("granite-tiny", """{"embedding_multiplier": 0}""", "a multiplier of 0")]
    [InlineData(
        "olmo2-tiny",
        """{"rope_scaling": {"rope_type": "llama3", "factor": 8, "original_max_position_embeddings": 32}}""",
        "rotary positions scaled as llama3")]
    public void Export_WhatLlamaCppHasNoPlaceFor_RefusedByName(string name, string keys, string part)
    {
        var folder = Make(name, "qwen2", keys);

        var run = CliRun.Of("export", "--to", "gguf", "--model_name_or_path", folder, "--output", File);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("can't be written as GGUF, since llama.cpp's", run.Error, StringComparison.Ordinal);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(File));
        if (name == "smollm3-tiny")
        {
            ErrorTable.Require("GGUF of what llama.cpp has no place for", run.ExitCode, run.Error);
        }
    }

    [Theory]
    [InlineData("phi3-tiny", """{"head_dim": 32}""", "a head_dim of 32, since 4 heads of it")]
    [InlineData("gpt-neox-tiny", """{"attention_bias": false}""", "query_key_value, dense without biases")]
    [InlineData("olmo2-tiny", """{"attention_bias": true}""", "biases of o_proj")]
    [InlineData("smollm3-tiny", """{"mlp_bias": true}""", "biases of gate_proj, up_proj, down_proj")]
    [InlineData("qwen3-tiny", """{"attention_bias": true}""", "biases of o_proj")]
    public void Obstacles_WhatTheArchitectureLacks_ByName(string name, string keys, string part)
    {
        var config = JsonNode.Parse(
            System.IO.File.ReadAllText(SharedData.Path("fixtures", "modern", name, "config.json")))!.AsObject();
        foreach (var (key, value) in JsonNode.Parse(keys)!.AsObject())
        {
            config[key] = value!.DeepClone();
        }

        var description = ModelFamilies.Read(JsonSerializer.SerializeToElement(config), "test");
        var family = ModelFamilies.Of(description.Layout.Config);

        Assert.Contains(
            GgufPlace.Obstacles(family, family.LlamaCpp!.Uniform, description),
            obstacle => obstacle.Contains(part, StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    /// <param name="name">The recording.</param>
    /// <param name="tokenizer">A file of shared/tokenizers, or a name among the project's own.</param>
    /// <param name="keys">Keys of config.json.</param>
    /// <param name="layers">How many layers.</param>
    /// <param name="widths">Widths of MLPs.</param>
    private string Make(string name, string tokenizer, string keys, int layers = 4, int[]? widths = null)
    {
        return ModernGgufFolder.Make(_folder.Path("model"), name, Tokenizer(tokenizer), keys, layers, widths);
    }

    private string Tokenizer(string name) => name switch
    {
        "digits" => Edited("gpt2", json => json["pre_tokenizer"] = JsonNode.Parse(
            """
            {"type": "Sequence", "pretokenizers": [
                {"type": "Digits", "individual_digits": true},
                {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}]}
            """)),
        "dbrx" => Edited("llama3", json => json["model"]!["ignore_merges"] = false),
        _ when name.Contains('/', StringComparison.Ordinal) => SharedData.Path(["tokenizers", .. name.Split('/')]),
        _ => Repository.Fixture("tokenizers", name, "tokenizer.json"),
    };

    private string Edited(string name, Action<JsonNode> edit)
    {
        var json = JsonNode.Parse(System.IO.File.ReadAllText(Tokenizer(name)))!;
        edit(json);
        var path = _folder.Path("edited.json");
        System.IO.File.WriteAllText(path, json.ToJsonString());
        return path;
    }
}
