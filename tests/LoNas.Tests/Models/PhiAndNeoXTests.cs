using LoNas.Elastic;
using LoNas.Models;
using LoNas.Models.Attention;
using LoNas.Runtime;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Models;

/// <summary>
/// Forms of Phi-3 and GPT-NeoX that nothing is recorded of, against their formulas in float64 (<see
/// cref="PlainDecoder"/>).
/// </summary>
public sealed class PhiAndNeoXTests
{
    private static readonly long[] Ids = [5, 17, 9, 200, 31, 8, 77, 2, 140, 61, 3, 250];

    [Theory]
    [InlineData("\"partial_rotary_factor\": 1.0", "\"partial_rotary_factor\": 0.5", 8)]
    [InlineData("\"partial_rotary_factor\": 1.0", "\"partial_rotary_factor\": 0.75", 12)]
    [InlineData(
        "\"partial_rotary_factor\": 1.0",
        "\"rope_parameters\": {\"rope_type\": \"default\", \"partial_rotary_factor\": 0.25, \"rope_theta\": 1e4}", 4)]
    public void AllLogits_PhiThatRotatesAPartOfEachHead_EqualTheFormula(string old, string replacement, long rotated) =>
        AssertEqual("phi3-tiny", old, replacement, folder => new PlainDecoder(folder)
        {
            Frequencies = PlainDecoder.Unscaled(rotated),
        });

    [Fact]
    public void AllLogits_PhiWithAWindow_EqualTheFormula() => AssertEqual(
        "phi3-tiny", "\"sliding_window\": null", "\"sliding_window\": 3",
        folder => new PlainDecoder(folder) { Window = 3 });

    /// <summary>
    /// The ramp of yarn: 16 features turn 64 / (2 pi) x frequency times; of 8 pairs the first stays, the others follow.
    /// </summary>
    [Fact]
    public void AllLogits_PhiWithYarn_EqualTheFormula() => AssertEqual(
        "phi3-tiny", "\"rope_scaling\": null",
        "\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4.0, \"original_max_position_embeddings\": 64}",
        folder => new PlainDecoder(folder)
        {
            Frequencies = PlainYarn.Frequencies(16, 10000, 4, 64),
            Factor = (0.1 * Math.Log(4)) + 1,
        });

    [Fact]
    public void AllLogits_TiedPhi_EqualTheFormula()
    {
        using var copy = Copy("phi3-tiny");
        copy.RenameTensors(name => name == "lm_head.weight" ? null : name);
        copy.Edit("config.json", "\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true");

        AssertEqual(copy, folder => new PlainDecoder(folder));
    }

    [Theory]
    [InlineData("\"use_parallel_residual\": true", "\"use_parallel_residual\": false")]
    [InlineData("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"gelu_new\"")]
    [InlineData("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"gelu_fast\"")]
    public void AllLogits_FormsOfNeoX_EqualTheFormula(string old, string replacement) =>
        AssertEqual("gpt-neox-tiny", old, replacement, folder => new PlainDecoder(folder)
        {
            Frequencies = PlainDecoder.Unscaled(4),
            IsParallel = !replacement.Contains("false", StringComparison.Ordinal),
            Approximates = replacement.Contains("gelu", StringComparison.Ordinal),
        });

    /// <summary>The names before Transformers 4.4x, where the later ones are missing.</summary>
    [Fact]
    public void AllLogits_NeoXWithOldNames_EqualTheFormula()
    {
        using var copy = Copy("gpt-neox-tiny");
        copy.Edit("config.json", "  \"partial_rotary_factor\": 0.25,\n", "");
        copy.Edit("config.json", "  \"rope_theta\": 10000,\n", "");
        copy.Edit("config.json", "\"rotary_pct\": 0.25", "\"rotary_pct\": 0.5");
        copy.Edit("config.json", "\"rotary_emb_base\": 10000", "\"rotary_emb_base\": 500");

        AssertEqual(copy, folder => new PlainDecoder(folder) { Frequencies = PlainDecoder.Unscaled(8, 500) });
    }

    [Fact]
    public void AllLogits_NeoXWithoutBiasesOfAttention_EqualTheFormula()
    {
        using var copy = Copy("gpt-neox-tiny");
        copy.RenameTensors(name => name.Contains(".attention.", StringComparison.Ordinal)
            && name.EndsWith(".bias", StringComparison.Ordinal) ? null : name);
        copy.Edit("config.json", "\"attention_bias\": true", "\"attention_bias\": false");

        AssertEqual(copy, folder => new PlainDecoder(folder) { Frequencies = PlainDecoder.Unscaled(4) });
    }

    /// <summary>Checkpoints of Transformers before 4.31 hold masks and frequencies as well.</summary>
    [Fact]
    public void Build_OldNeoXWithBuffers_LeavesThemOutSilently()
    {
        using var scope = NewDisposeScope();
        using var copy = Copy("gpt-neox-tiny");
        var path = Path.Combine(copy.Path, "model.safetensors");
        using (var file = SafetensorsFile.Open(path))
        {
            var all = file.Names.Select(name => (name, file.Load(name))).ToList();
            all.Add(("gpt_neox.layers.0.attention.bias", ones(1, 1, 8, 8, ScalarType.Int8)));
            all.Add(("gpt_neox.layers.0.attention.masked_bias", tensor(-1e9f)));
            all.Add(("gpt_neox.layers.0.attention.rotary_emb.inv_freq", ones(2)));
            SafetensorsWriter.Save(path, [.. all]);
        }

        AssertEqual(copy, folder => new PlainDecoder(folder) { Frequencies = PlainDecoder.Unscaled(4) });
    }

    [Theory]
    [InlineData("phi3-tiny", "\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\"", "hidden_act must be silu")]
    [InlineData("phi3-tiny", "\"partial_rotary_factor\": 1.0", "\"partial_rotary_factor\": 0.7",
        "partial_rotary_factor is 0.7, which rotates 11 of a head's 16 features")]
    [InlineData(
        "phi3-tiny", "\"partial_rotary_factor\": 1.0", "\"partial_rotary_factor\": 1.5", "is 1.5, which rotates 24")]
    [InlineData("phi3-tiny", "\"sliding_window\": null", "\"sliding_window\": 0", "sliding_window is 0")]
    [InlineData("phi3-tiny", "\"model_type\": \"phi3\"", "\"model_type\": \"phi4mm\"", "has the model_type 'phi4mm'")]
    [InlineData("phi3-tiny", "\"model_type\": \"phi3\"", "\"model_type\": \"phi3_v\"", "has the model_type 'phi3_v'")]
    [InlineData("phi3-tiny", "\"model_type\": \"phi3\"", "\"model_type\": \"phimoe\"", "has the model_type 'phimoe'")]
    [InlineData("gpt-neox-tiny", "\"hidden_act\": \"gelu\"", "\"hidden_act\": \"relu\"",
        "hidden_act is relu; supported are gelu, gelu_new, gelu_fast, gelu_pytorch_tanh")]
    [InlineData("gpt-neox-tiny", "\"rotary_pct\": 0.25", "\"rotary_pct\": 0.5",
        "rotary_pct is 0.5 and partial_rotary_factor is 0.25")]
    [InlineData("gpt-neox-tiny", "\"rotary_emb_base\": 10000", "\"rotary_emb_base\": 500",
        "rotary_emb_base is 500 and rope_theta is 10000")]
    [InlineData(
        "gpt-neox-tiny", "\"num_attention_heads\": 4", "\"num_attention_heads\": 6",
        "hidden_size 64 is not num_attention_heads 6 times")]
    public void Open_FeatureThatIsNotSupported_IsRefusedByName(
        string name, string old, string replacement, string expected)
    {
        using var copy = Copy(name);
        copy.Edit("config.json", old, replacement);

        var error = Assert.Throws<InvalidDataException>(() => ModelFolder.Open(copy.Path));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_PartOfAHeadInAFamilyThatRotatesAll_IsRefused()
    {
        using var copy = new FolderCopy("llama-tiny");
        copy.Edit("config.json", "\"hidden_act\"", "\"partial_rotary_factor\": 0.5, \"hidden_act\"");

        var error = Assert.Throws<InvalidDataException>(() => ModelFolder.Open(copy.Path));

        Assert.Contains(
            "there is a partial_rotary_factor, which is not supported", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("phi-3-mini", 3_821_079_552)]
    [InlineData("pythia-160m", 162_322_944)]
    public void Load_PublishedConfig_CountsItsParameters(string name, long parameters) => Assert.Equal(
        parameters, Count(LinearLayout.Load(SharedData.Path("fixtures", "modern", "configs", name))));

    [Theory]
    [InlineData("phi3", 3072, 32, 24, 8, 8192, 200064, true, 3_836_021_760)] // Phi-4-mini
    [InlineData("phi3", 5120, 40, 40, 10, 17920, 100352, false, 14_659_507_200)] // Phi-4
    [InlineData("gpt_neox", 512, 6, 8, 8, 2048, 50304, false, 70_426_624)] // Pythia-70m
    [InlineData("gpt_neox", 1024, 24, 16, 16, 4096, 50304, false, 405_334_016)] // Pythia-410m
    [InlineData("gpt_neox", 2048, 16, 8, 8, 8192, 50304, false, 1_011_781_632)] // Pythia-1b
    public void Read_OtherSizes_CountTheirParameters(
        string type, int hidden, int layers, int heads, int shared, int inner, int vocabulary, bool ties,
        long parameters)
    {
        var json = JsonInput.Parse(
            $$"""
            {"model_type": "{{type}}", "hidden_size": {{hidden}}, "num_hidden_layers": {{layers}},
             "num_attention_heads": {{heads}}, "num_key_value_heads": {{shared}}, "intermediate_size": {{inner}},
             "vocab_size": {{vocabulary}}, "tie_word_embeddings": {{(ties ? "true" : "false")}}}
            """, "test");

        Assert.Equal(parameters, Count(LinearLayout.Read(json, "test")));
    }

    private static long Count(LinearLayout layout) =>
        CostModel.Of(layout.Config, AdaptedLinears.Of(layout, null), 1).Full().TotalParameters;

    private static FolderCopy Copy(string name) => new(new ModernModel(name).Folder);

    private static void AssertEqual(string name, string old, string replacement, Func<string, PlainDecoder> plain)
    {
        using var copy = Copy(name);
        copy.Edit("config.json", old, replacement);
        AssertEqual(copy, plain);
    }

    /// <summary>In one pass, token by token behind a cache, and as training computes it.</summary>
    private static void AssertEqual(FolderCopy copy, Func<string, PlainDecoder> plain)
    {
        using var scope = NewDisposeScope();
        var expected = plain(copy.Path).Logits(Ids);
        var folder = ModelFolder.Open(copy.Path);
        using var adapter = new SuperAdapter(null, new SeededRandom(1));
        using var model = folder.Build(ScalarType.Float32, adapter.Linears);
        var ids = tensor(Ids).unsqueeze(0);

        Assert.Empty(folder.Notices);
        Close.Absolute(expected, model.AllLogits(ids)[0], 1e-4);
        using (no_grad())
        {
            using var cache = new KvCache(model.CacheShape, 1, Ids.Length);
            Tensor[] parts = [.. ids.split(5, 1).Select(part => model.HiddenStates(part, cache: cache))];
            Close.Absolute(expected, model.Logits(cat(parts, 1))[0], 1e-4);
        }
    }
}
