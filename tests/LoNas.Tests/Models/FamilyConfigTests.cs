using LoNas.Models;
using LoNas.Models.Attention;
using LoNas.Models.Families;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Models;

/// <summary>Configurations and checkpoints as they are found in the wild.</summary>
public sealed class FamilyConfigTests
{
    [Fact]
    public void Read_BloomzConfiguration_TakesOldNames()
    {
        var config = BloomConfig.Read(
            JsonInput.Parse(
                """
                {"model_type": "bloom", "n_embed": 4096, "n_layer": 30, "num_attention_heads": 32, "n_inner": null,
                 "seq_length": 2048, "vocab_size": 250880}
                """, "test"), "test").Model;

        Assert.Equal(
            (4096, 30, 32, 2048), (config.HiddenSize, config.LayerCount, config.HeadCount, config.MaxPositions));
        Assert.True(config.TieWordEmbeddings);
        Assert.Equal(128, config.HeadSize);
    }

    [Theory]
    [InlineData("""{"0": "a", "1": "b", "2": "c"}""", 3)]
    [InlineData("null", 2)]
    public void Read_BertLabels_CountsTheNames(string labels, int expected) =>
        Assert.Equal(expected, BertConfig.Read(
            JsonInput.Parse(
                $$"""
                {"hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
                 "vocab_size": 10, "id2label": {{labels}}}
                """, "test"), "test").LabelCount);

    [Fact]
    public void Open_UnknownFamily_NamesTheSupportedOnes()
    {
        using var copy = new FolderCopy("bloom-tiny");
        copy.Edit("config.json", "\"bloom\"", "\"gpt2\"");

        var error = Assert.Throws<InvalidDataException>(() => ModelFolder.Open(copy.Path));

        Assert.Contains(
            "'gpt2'; supported are llama, mistral, qwen2, qwen3, ", error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"quantization_config\": {\"quant_method\": \"gptq\"}", "has a quantization_config")]
    [InlineData("\"num_hidden_layers\": 4294967297", "num_hidden_layers is 4294967297; expected a positive integer")]
    [InlineData("\"vocab_size\": 99999999", "vocab_size is 99999999; expected a positive integer up to 16777216")]
    [InlineData("\"hidden_act\": \"\\ud800\"", "half of a surrogate pair")]
    public void Open_ConfigurationThatCannotBe_SaysWhy(string line, string expected)
    {
        using var copy = new FolderCopy("llama-tiny");
        var key = line.Split(':')[0];
        var old = File.ReadLines(Path.Combine(copy.Path, "config.json"))
            .FirstOrDefault(text => text.Contains(key, StringComparison.Ordinal));
        copy.Edit("config.json", old ?? "{", old is null ? $"{{ {line}," : $"  {line},");

        var error = Assert.Throws<InvalidDataException>(() => ModelFolder.Open(copy.Path));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "7", "7")]
    [InlineData("{\"eos_token_id\": [3, 9]}", "7", "3,9")]
    [InlineData("{\"eos_token_id\": 3}", "[7, 8]", "3")]
    [InlineData("{}", "[7, 8]", "7,8")]
    [InlineData(null, "null", "")]
    public void Open_EndTokens_AreThoseOfTheGenerationConfigurationFirst(
        string? generation, string config, string expected)
    {
        using var copy = new FolderCopy("llama-tiny");
        copy.Edit("config.json", "\"eos_token_id\": 114", $"\"eos_token_id\": {config}");
        if (generation is not null)
        {
            File.WriteAllText(Path.Combine(copy.Path, "generation_config.json"), generation);
        }

        Assert.Equal(expected, string.Join(',', ModelFolder.Open(copy.Path).EosIds));
    }

    [Theory]
    [InlineData("\"</s>\"")]
    [InlineData("[2, -1]")]
    [InlineData("99999999999")]
    public void Open_EndTokensThatAreNone_SaysSo(string value)
    {
        using var copy = new FolderCopy("llama-tiny");
        File.WriteAllText(Path.Combine(copy.Path, "generation_config.json"), $"{{\"eos_token_id\": {value}}}");

        var error = Assert.Throws<InvalidDataException>(() => ModelFolder.Open(copy.Path));

        Assert.Contains(
            $"has {value} as eos_token_id; expected a token's number", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_IntegerWeights_AreNotTakenForNumbersOfTheModel()
    {
        using var scope = NewDisposeScope();
        using var copy = new FolderCopy("llama-tiny");
        var path = Path.Combine(copy.Path, "model.safetensors");
        using (var file = SafetensorsFile.Open(path))
        {
            SafetensorsWriter.Save(path, [.. file.Names.Select(name =>
                (name, name.EndsWith("q_proj.weight", StringComparison.Ordinal)
                    ? file.Load(name).to(ScalarType.Int8) : file.Load(name)))]);
        }

        var error = Assert.Throws<InvalidDataException>(
            () => ModelFolder.Open(copy.Path).Build(ScalarType.Float32, Plain));

        Assert.Contains(
            "'model.layers.0.self_attn.q_proj.weight' is stored as Int8", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"sliding_window\": null", null)]
    [InlineData("\"sliding_window\": 128", 128L)]
    [InlineData("\"unrelated\": null", 4096L)]
    public void Read_MistralsWindow_IsTransformersDefaultWhereAbsent(string line, long? expected)
    {
        using var copy = new FolderCopy("mistral-tiny");
        copy.Edit("config.json", "\"sliding_window\": null", line);
        var json = JsonInput.Load(Path.Combine(copy.Path, "config.json"), "test");

        Assert.Equal(expected, LlamaConfig.Read(json, "test").Windows[0]);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(256)]
    public void HiddenStates_SlidingWindow_LooksBackThatFar(int window)
    {
        using var scope = NewDisposeScope();
        using var copy = new FolderCopy("mistral-tiny");
        copy.Edit("config.json", "\"sliding_window\": null", $"\"sliding_window\": {window}");
        var full = TinyModels.LoadCausal("mistral-tiny").Model;
        using var windowed = ModelFolder.Open(copy.Path).Build(ScalarType.Float32, Plain);
        var ids = tensor(new long[] { 5, 17, 9, 200, 31, 8, 77, 2 }).view(1, 8);
        var (all, near) = (full.HiddenStates(ids), windowed.HiddenStates(ids));

        // The first positions see everything there is.
        Close.Absolute(all.narrow(1, 0, 4), near.narrow(1, 0, 4), 1e-5);
        double difference = Close.LargestDifference(all.narrow(1, 4, 4), near.narrow(1, 4, 4));
        Assert.Equal(window < 8, difference > 1e-2);

        // Two layers reach back two windows: a token further away than that can't be seen.
        var other = ids.clone();
        other[0, 0] = 300;
        using var cache = new KvCache(windowed.CacheShape, 1, 8);
        var changed = cat(
            [windowed.HiddenStates(other.narrow(1, 0, 5), cache: cache),
                windowed.HiddenStates(other.narrow(1, 5, 3), cache: cache)], 1);
        Assert.Equal(window < 8, Close.LargestDifference(near.narrow(1, 7, 1), changed.narrow(1, 7, 1)) < 1e-5);
    }

    [Theory]
    [InlineData("bloom-tiny", "transformer.")]
    [InlineData("llama-tiny", "model.")]
    public void Build_CheckpointWithoutPrefix_FindsItsWeights(string name, string prefix)
    {
        using var scope = NewDisposeScope();
        using var copy = new FolderCopy(name);
        copy.RenameTensors(
            tensor => tensor.StartsWith(prefix, StringComparison.Ordinal) ? tensor[prefix.Length..] : tensor);
        using var bare = ModelFolder.Open(copy.Path).Build(ScalarType.Float32, Plain);
        var ids = TinyFamilies.Ids();

        var expected = TinyModels.LoadCausal(name).Model.HiddenStates(ids);

        Assert.Equal(expected.bytes.ToArray(), bare.HiddenStates(ids).bytes.ToArray());
    }

    [Fact]
    public void BuildClassifier_OldNamesWithoutClassifier_StartsAFreshOne()
    {
        using var scope = NewDisposeScope();
        using var copy = new FolderCopy("bert-tiny");
        copy.RenameTensors(name => name.StartsWith("classifier", StringComparison.Ordinal) ? null : name
            .Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
            .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal)
            .Replace("bert.", "", StringComparison.Ordinal));
        var lora = new LoNas.Elastic.LoraOptions
        {
            TargetModules = ["query", "value"],
            TaskType = LoNas.Elastic.LoraOptions.ClassificationTask,
        };
        using var adapter = new LoNas.Elastic.SuperAdapter(lora, new LoNas.Runtime.SeededRandom(1));
        using var model = ModelFolder.Open(copy.Path).BuildClassifier(ScalarType.Float32, adapter.Linears, labels: 3);

        Assert.Equal([2, 3], model.Classify(TinyFamilies.Ids()).shape);
        var fresh = adapter.Layers["classifier"];
        Assert.True(fresh.Weight.requires_grad);
        Assert.InRange(fresh.Weight.std().item<float>(), 0.015, 0.025);

        // Without training it in full there is nothing to classify with.
        var error = Assert.Throws<InvalidDataException>(
            () => ModelFolder.Open(copy.Path).BuildClassifier(ScalarType.Float32, Plain));
        Assert.Contains("'classifier.weight' is missing", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, new[] { 0.25, 0.0625, 0.015625, 0.00390625 })]
    [InlineData(6, new[] { 0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125 })]
    public void Slopes_PowerOfTwoAndOther_AreTransformers(int heads, double[] expected) =>
        Assert.Equal(expected.Select(slope => (float)slope), AlibiBias.Slopes(heads));

    private static LinearFactory Plain(WeightMap weights, LinearLayout layout) =>
        new LoNas.Elastic.SuperAdapter(null, new LoNas.Runtime.SeededRandom(1)).Linears(weights, layout);
}
