using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Formats;

/// <summary>Adapter folders written by PEFT, in both formats, and all settings of their configuration.</summary>
public sealed class PeftFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TorchSharp.DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("bloom")]
    [InlineData("bert")]
    public void LoadWeights_PyTorchFileOfPeft_EqualsItsSafetensorsToTheLastBit(string family)
    {
        var expected = Load(family, "safetensors");
        var actual = Load(family, "bin");

        Assert.Equal(expected, actual);

        static string[] Load(string family, string format)
        {
            var folder = Repository.Fixture($"{family}-tiny-lora", format);
            var adapter = family == "bert"
                ? TinyFamilies.LoadBert(elastic: false, folder).Adapter
                : TinyFamilies.LoadCausal(family, elastic: false, folder).Adapter;
            return Bytes(adapter);
        }
    }

    [Fact]
    public void Save_AsPyTorchFile_LoadsToTheSameBitsAndReplacesTheOtherFormat()
    {
        var (_, adapter) = TinyLora.Load();
        PeftFolder.Save(_folder.Root, adapter, "llama-tiny");
        PeftFolder.Save(_folder.Root, adapter, "llama-tiny", safetensors: false);

        Assert.Equal(
            [PeftFolder.TorchWeightsFile, "adapter_config.json"],
            Directory.EnumerateFiles(_folder.Root).Select(Path.GetFileName).OrderDescending());
        using var file = TorchFile.Open(_folder.Path(PeftFolder.TorchWeightsFile));
        using var peft = TorchFile.Open(Repository.Fixture("llama-tiny-lora", "bin", PeftFolder.TorchWeightsFile));
        Assert.Equal(peft.Names.Order(), file.Names.Order());
        Assert.Equal(Bytes(adapter), Bytes(Load(_folder.Root)));
    }

    /// <summary>
    /// Rank and scaling of each layer by PEFT's rule: the first pattern that matches the end of the path.
    /// </summary>
    [Theory]
    [InlineData("model.layers.0.self_attn.q_proj", 4, 3.0)]
    [InlineData("model.layers.1.self_attn.q_proj", 2, 6.0)]
    [InlineData("model.layers.0.mlp.down_proj", 6, 24.0 / 6)]
    [InlineData("model.layers.1.mlp.down_proj", 6, 24.0 / 6)]
    [InlineData("model.layers.0.mlp.up_proj", 8, 2.0)]
    public void Load_PatternsOfRankAndAlpha_GiveEachLayerItsOwn(string path, int rank, double scaling)
    {
        var adapter = Patterned(useRslora: false);

        Assert.Equal(rank, adapter.Options!.RankOf(path));
        Assert.Equal(scaling, adapter.Options.ScalingOf(path));
        AssertComputes(adapter.Layers[path], rank, scaling);
    }

    [Theory]
    [InlineData("model.layers.0.self_attn.q_proj", 4, 12 / 2.0)]
    [InlineData("model.layers.0.mlp.up_proj", 8, 16 / 2.8284271247461903)]
    public void Load_RankStabilised_DividesByTheRootOfTheRank(string path, int rank, double scaling)
    {
        var adapter = Patterned(useRslora: true);

        Assert.Equal(scaling, adapter.Options!.ScalingOf(path), 1e-12);
        AssertComputes(adapter.Layers[path], rank, scaling);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Save_PatternsOfRankAndAlpha_LoadBackAsTheyWere(bool safetensors)
    {
        var adapter = Patterned(useRslora: true);
        Fill(adapter);
        PeftFolder.Save(_folder.Root, adapter, "llama-tiny", safetensors);

        var read = PeftFolder.LoadOptions(_folder.Root);

        Assert.Equal(adapter.Options!.RankPattern.Values, read.RankPattern.Values);
        Assert.Equal(adapter.Options.AlphaPattern.Values, read.AlphaPattern.Values);
        Assert.True(read.UseRslora);
        Assert.Equal(Bytes(adapter), Bytes(Load(_folder.Root)));
    }

    [Fact]
    public void Save_ModulesToSave_KeepsThemUnderPeftsNamesAndLoadsThem()
    {
        string[] modules = ["embed_tokens", "model.norm", "lm_head"];
        var lora = PeftFolder.LoadOptions(TinyLora.Folder) with { ModulesToSave = modules };
        var (model, adapter) = TinyModels.LoadCausal("llama-tiny", lora);
        var before = model.AllLogits(TinyFamilies.Ids());
        Fill(adapter);
        PeftFolder.Save(_folder.Root, adapter, "llama-tiny");

        using var file = SafetensorsFile.Open(_folder.Path(PeftFolder.WeightsFile));
        Assert.Equal(
            [
                "base_model.model.lm_head.weight", "base_model.model.model.embed_tokens.weight",
                "base_model.model.model.norm.weight",
            ],
            file.Names.Where(name => !name.Contains("lora_")).Order(StringComparer.Ordinal));

        var (loadedModel, loaded) = TinyModels.LoadCausal("llama-tiny", PeftFolder.LoadOptions(_folder.Root));
        PeftFolder.LoadWeights(_folder.Root, loaded);
        Assert.Equal(modules, loaded.Options!.ModulesToSave);
        var logits = loadedModel.AllLogits(TinyFamilies.Ids());
        Assert.Equal(model.AllLogits(TinyFamilies.Ids()).bytes.ToArray(), logits.bytes.ToArray());
        Assert.True(Close.LargestDifference(before, logits) > 1e-3);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Forward_ModulesToSave_AreTrainedInFloat32AndKeepTheBasesType(ScalarType dtype)
    {
        var lora = PeftFolder.LoadOptions(TinyLora.Folder) with { ModulesToSave = ["embed_tokens", "model.norm"] };
        var (model, adapter) = TinyModels.LoadCausal("llama-tiny", lora, dtype);

        var logits = model.AllLogits(TinyFamilies.Ids());
        logits.to(ScalarType.Float32).square().mean().backward();

        Assert.Equal(dtype, logits.dtype);
        var trained = adapter.Parameters.Where(named => !named.Name.Contains("lora_")).ToArray();
        Assert.Equal(["model.embed_tokens.weight", "model.norm.weight"], trained.Select(named => named.Name));
        Assert.All(trained, named =>
        {
            Assert.Equal(ScalarType.Float32, named.Parameter.dtype);
            Assert.True(named.Parameter.grad!.abs().max().item<float>() > 0);
        });
    }

    /// <summary>PEFT trains every module whose path ends with a name, including all modules in it.</summary>
    [Theory]
    [InlineData("norm", "input_layernorm, post_attention_layernorm, norm")]
    [InlineData("0.mlp", "gate_proj, up_proj, down_proj")]
    [InlineData("layers.1.input_layernorm", "input_layernorm")]
    public void TrainsInFull_NameOfManyModules_TakesThemAll(string name, string expected)
    {
        var (_, adapter) = TinyModels.LoadCausal(
            "llama-tiny", new LoraOptions { TargetModules = [], ModulesToSave = [name] });

        Assert.Equal(
            expected.Split(", "),
            adapter.Parameters.Select(named => named.Name.Split('.')[^2]).Distinct());
        Assert.Empty(adapter.MissingInFull);
    }

    [Fact]
    public void MissingInFull_TiedHead_IsNoModule()
    {
        var (_, adapter) = TinyModels.LoadCausal(
            "llama-gqa-tiny", new LoraOptions { ModulesToSave = ["lm_head", "embed_tokens"] });

        Assert.Equal(["lm_head"], adapter.MissingInFull);
    }

    /// <summary>PEFT trains a copy of the embedding; a tied head keeps using the checkpoint's.</summary>
    [Fact]
    public void Forward_TrainedEmbeddingWithTiedHead_KeepsTheHead()
    {
        var lora = new LoraOptions { ModulesToSave = ["embed_tokens"] };
        var (plain, _) = TinyModels.LoadCausal("llama-gqa-tiny");
        var (model, adapter) = TinyModels.LoadCausal("llama-gqa-tiny", lora);
        Fill(adapter);
        var hidden = rand(1, 2, 64);

        Assert.Equal(plain.Logits(hidden).bytes.ToArray(), model.Logits(hidden).bytes.ToArray());
        var (one, other) = (plain.HiddenStates(TinyFamilies.Ids()), model.HiddenStates(TinyFamilies.Ids()));
        Assert.True(Close.LargestDifference(one, other) > 1e-3);
    }

    [Theory]
    [InlineData("use_dora", "true", "sets 'use_dora'")]
    [InlineData("bias", "\"all\"", "sets 'bias'")]
    [InlineData("init_lora_weights", "\"pissa_niter_16\"", "sets 'init_lora_weights'")]
    [InlineData("alora_invocation_tokens", "[1, 2]", "sets 'alora_invocation_tokens'")]
    [InlineData("trainable_token_indices", "[1, 2]", "sets 'trainable_token_indices'")]
    [InlineData("target_parameters", "[\"experts\"]", "sets 'target_parameters'")]
    [InlineData("r", "2147483647", "has 2147483647 in 'r'; expected at most 65536")]
    [InlineData("task_type", "\"\\ud800\"", "half of a surrogate pair")]
    [InlineData("peft_type", "\"IA3\"", "of the PEFT type 'IA3'")]
    [InlineData("r", "0", "no positive integer 'r'")]
    [InlineData("lora_alpha", "\"16\"", "no number 'lora_alpha'")]
    [InlineData("rank_pattern", "[4]", "'rank_pattern' that is no object")]
    [InlineData("rank_pattern", "{\"q_proj\": 2.5}", "2.5 in 'rank_pattern' for 'q_proj'; expected a positive integer")]
    [InlineData("rank_pattern", "{\"q_(proj\": 2}", "'q_(proj' in 'rank_pattern', which is no regular expression")]
    [InlineData("alpha_pattern", "{\"q_proj\": null}", "null in 'alpha_pattern' for 'q_proj'; expected a number")]
    [InlineData("target_modules", "\".*(q\"", "'.*(q' in 'target_modules', which is no regular expression")]
    public void LoadOptions_WhatCannotBeUsed_IsNamed(string key, string value, string message)
    {
        WriteConfig(json => json[key] = key == "task_type" ? "HERE" : JsonNode.Parse(value));
        var file = _folder.Path("adapter_config.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"HERE\"", value));

        var error = Assert.Throws<InvalidDataException>(() => PeftFolder.LoadOptions(_folder.Root));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.Path("adapter_config.json"), error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(?=a)(.*)*x")]
    [InlineData("((.*)*)*x(?=y)")]
    public void RankOf_PatternThatNeverEnds_IsGivenUp(string pattern)
    {
        WriteConfig(json => json["rank_pattern"] = new JsonObject { [pattern] = 2 });
        var options = PeftFolder.LoadOptions(_folder.Root);

        var error = Assert.Throws<InvalidDataException>(() => options.RankOf(new string('a', 60)));

        Assert.Contains("takes over 1 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadOptions_TargetsAsOnePattern_MatchTheWholePath()
    {
        WriteConfig(json => json["target_modules"] = @".*\.self_attn\.[qv]_proj");

        var (_, adapter) = TinyModels.LoadCausal("llama-tiny", PeftFolder.LoadOptions(_folder.Root));

        Assert.Equal(
            ["self_attn.q_proj", "self_attn.v_proj"],
            adapter.Layers.Where(layer => layer.Value.LoraA is not null).Select(layer => layer.Key[15..]).Distinct());
    }

    private static SuperAdapter Load(string folder)
    {
        var (_, adapter) = TinyModels.LoadCausal("llama-tiny", PeftFolder.LoadOptions(folder));
        PeftFolder.LoadWeights(folder, adapter);
        return adapter;
    }

    private static string[] Bytes(SuperAdapter adapter) =>
        [.. adapter.Parameters.Select(named => $"{named.Name} {Convert.ToHexString(named.Parameter.bytes.ToArray())}")];

    private static void Fill(SuperAdapter adapter)
    {
        using var frozen = no_grad();
        foreach (var (_, parameter) in adapter.Parameters)
        {
            parameter.normal_(0, 0.1);
        }
    }

    private static void AssertComputes(ElasticLinear layer, int rank, double scaling)
    {
        using var frozen = no_grad();
        layer.LoraB!.normal_(0, 0.1);
        Assert.Equal((rank, rank), (layer.LoraA!.shape[0], layer.LoraB.shape[1]));
        var input = rand(3, layer.Full.In);

        var merged = layer.Weight + (scaling * layer.LoraB.matmul(layer.LoraA));

        Close.Absolute(input.matmul(merged.t()), layer.forward(input), 1e-5);
    }

    private SuperAdapter Patterned(bool useRslora)
    {
        var folder = _folder.Path("patterned");
        WriteConfig(
            json =>
            {
                json["rank_pattern"] = JsonNode.Parse(
                    """{"layers.0.self_attn.q_proj": 4, "q_proj": 2, "down_pro.": 6}""");
                json["alpha_pattern"] = JsonNode.Parse("""{"q_proj": 12, "mlp\\.down_proj": 24}""");
                json["use_rslora"] = useRslora;
            },
            folder);
        return TinyModels.LoadCausal("llama-tiny", PeftFolder.LoadOptions(folder)).Adapter;
    }

    private void WriteConfig(Action<JsonObject> edit, string? folder = null)
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(TinyLora.Folder, "adapter_config.json")))!.AsObject();
        edit(json);
        JsonOutput.Save(Path.Combine(folder ?? _folder.Root, "adapter_config.json"), json);
    }
}
