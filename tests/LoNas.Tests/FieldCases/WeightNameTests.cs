using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using LoNas.Weights;

namespace LoNas.Tests.FieldCases;

/// <summary>Checkpoints and adapters whose tensors have other names than Transformers and PEFT give them.</summary>
public sealed class WeightNameTests : IDisposable
{
    private static readonly int[] Prompt = [1, 5, 17, 9, 44, 3, 200, 31];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Generate_TiedMatrixUnderTheHeadsNameAlone_Works() => Assert.Equal(
        [.. Prompt, 86, 437, 13, 468, 302, 403, 181, 163],
        Greedy.Ids(SharedData.Path("field-cases", "tied-head-only"), Prompt, 8));

    [Fact]
    public void Generate_TrainedModelWithTheHeadsNameAlone_EqualsTheGolden()
    {
        var folder = SharedData.Path("models", "TinyStories-656K");
        var golden = JsonInput.Load(Path.Combine(folder, "golden.json"), "golden");
        int[] Numbers(string key) => [.. golden.GetProperty(key).EnumerateArray().Select(id => id.GetInt32())];
        var (prompt, greedy) = (Numbers("prompt_ids"), Numbers("greedy"));

        Assert.Equal(greedy, Greedy.Ids(folder, prompt, greedy.Length - prompt.Length));
    }

    [Fact]
    public void Generate_IndexThatNamesABufferNobodyHas_Works() => Assert.Equal(
        Greedy.Ids(SharedData.Path("field-cases", "names-not-shown", "base"), Prompt, 4),
        Greedy.Ids(SharedData.Path("field-cases", "stale-index"), Prompt, 4));

    [Fact]
    public void Generate_SharedFilesWithWrappedNames_Work()
    {
        var folder = SharedData.Path("field-cases", "names-not-shown");
        string File(string name) => Path.Combine(folder, name);
        var adapted = Greedy.Ids(File("base8"), Prompt, 4, "--lora_weights", File("orig_mod"));

        Assert.Equal(adapted, Greedy.Ids(File("base8"), Prompt, 4, "--lora_weights", File("no_model")));
        Assert.NotEqual(adapted, Greedy.Ids(File("base8"), Prompt, 4));
        Assert.Equal(Greedy.Ids(File("base"), Prompt, 4), Greedy.Ids(File("ckpt_orig_mod"), Prompt, 4));
        Assert.Contains(
            "holds no tensors: the training saved nothing",
            Greedy.Error(File("base8"), "--lora_weights", File("empty")));
    }

    [Theory]
    [InlineData("llama-tiny", "^", "_orig_mod.")]
    [InlineData("llama-tiny", "^", "module.")]
    [InlineData("llama-tiny", "^", "module._orig_mod.")]
    [InlineData("llama-tiny", "^", "base_model.model.")]
    [InlineData("llama-tiny", "^", "model.")]
    [InlineData("llama-tiny", "^", "net.language_model.")]
    [InlineData("llama-tiny", @"(layers\.\d+)", "$1._fsdp_wrapped_module._checkpoint_wrapped_module")]
    [InlineData("llama-tiny", @"(layers\.\d+)", "$1._orig_mod")]
    [InlineData("llama-tiny", "$", ".default")]
    [InlineData("llama-tiny", @"^model\.", "")]
    [InlineData("llama-tiny", @"^model\.", "_orig_mod.")]
    [InlineData("llama-gqa-tiny", @"^model\.embed_tokens", "lm_head")]
    [InlineData("llama-gqa-tiny", @"^(model\.embed_tokens|lm_head)", "module.lm_head")]
    [InlineData("llama-gqa-tiny", "^", "module.")]
    [InlineData("qwen2-tiny", "^", "_forward_module.")]
    [InlineData("bloom-tiny", @"^transformer\.", "")]
    [InlineData("bloom-tiny", "^", "module.")]
    [InlineData("bloom-tiny", @"^transformer\.word_embeddings\.", "lm_head.")]
    public void Generate_NamesOfOtherTools_ComputesTheSame(string model, string pattern, string replacement)
    {
        var original = Repository.Fixture(model);
        var renamed = RenamedWeights.Copy(original, _folder.Path("model"), pattern, replacement);

        Assert.Equal(Greedy.Ids(original, Prompt, 4), Greedy.Ids(renamed, Prompt, 4));
    }

    [Theory]
    [InlineData("^", "_orig_mod.")]
    [InlineData("^", "module.")]
    [InlineData(@"^base_model\.model\.", "")]
    [InlineData(@"^base_model\.model\.model\.", "base_model.model.")]
    [InlineData(@"^base_model\.model\.model\.", "")]
    [InlineData(@"^base_model\.model\.", "base_model.model.model.")]
    [InlineData("weight$", "default.weight")]
    [InlineData("weight$", "math.weight")]
    [InlineData(@"(layers\.\d+)", "$1._orig_mod")]
    [InlineData(@"^(.*)weight$", "_orig_mod.module.$1default.weight")]
    public void Generate_AdapterWithOtherNames_ComputesTheSame(string pattern, string replacement)
    {
        var (model, original) = (Repository.Fixture("llama-tiny"), TinyLora.Folder);
        var renamed = RenamedWeights.Copy(original, _folder.Path("adapter"), pattern, replacement);

        Assert.Equal(
            Greedy.Ids(model, Prompt, 6, "--lora_weights", original),
            Greedy.Ids(model, Prompt, 6, "--lora_weights", renamed));
    }

    [Theory]
    [InlineData("extract", "--output_dir")]
    [InlineData("merge", "--output_dir")]
    public void Extract_WrappedNames_WritesPlainOnes(string command, string flag)
    {
        var model = RenamedWeights.Copy(Repository.Fixture("llama-tiny"), _folder.Path("m"), "^", "module._orig_mod.");
        var adapter = RenamedWeights.Copy(TinyLora.Folder, _folder.Path("a"), "weight$", "default.weight");

        var run = CliRun.Of(
            command, "--model_name_or_path", model, "--lora_weights", adapter, flag, _folder.Path("out"));

        Assert.True(run.ExitCode == 0, run.Error);
        using var source = SafetensorsFile.Open(Repository.Fixture("llama-tiny", "model.safetensors"));
        using var written = SafetensorsFile.Open(_folder.Path("out", "model.safetensors"));
        Assert.Equal(source.Names.Where(name => !name.EndsWith("inv_freq")).Order(), written.Names.Order());
    }

    [Theory]
    [InlineData("^model", "gpt", "'gpt.embed_tokens.weight'")]
    [InlineData(@"^model\.layers\.(\d)\.self_attn\.q_proj", "layers.$1.attention.wq", "convert_llama_weights_to_hf")]
    [InlineData(@"mlp\.up_proj\.weight$", "mlp.up_proj.qweight", "quantised")]
    [InlineData(@"^.*layers\.1\..*$", "", "its layers are 0 to 0, the model's 0 to")]
    [InlineData(@"q_proj\.weight$", "q_proj.lora_A.weight", "an adapter that is not merged")]
    public void Generate_WeightsThatDoNotFit_SaysWhatIsThere(string pattern, string replacement, string said)
    {
        var renamed = RenamedWeights.Copy(
            Repository.Fixture("llama-tiny"), _folder.Path("model"), pattern, replacement);

        Assert.Contains(said, Greedy.Error(renamed));
    }

    [Fact]
    public void Generate_IndexThatNamesANeededTensorNobodyHas_SaysWhere()
    {
        var model = RenamedWeights.Copy(Repository.Fixture("llama-tiny"), _folder.Path("m"), "^model.norm.*$", "");
        File.Move(Path.Combine(model, "model.safetensors"), Path.Combine(model, "model-1.safetensors"));
        File.WriteAllText(
            Path.Combine(model, "model.safetensors.index.json"),
            """{"weight_map": {"model.norm.weight": "model-1.safetensors"}}""");

        Assert.Contains(
            "'model.norm.weight' is missing from 'model-1.safetensors', where the index has it", Greedy.Error(model));
    }

    [Fact]
    public void Generate_MoreLayersThanTheConfiguration_Warns()
    {
        var model = RenamedWeights.Copy(Repository.Fixture("llama-tiny"), _folder.Path("m"), "^$", "");
        var config = Path.Combine(model, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("hidden_layers\": 2", "hidden_layers\": 1"));

        var run = CliRun.Of(
            "generate", "--model_name_or_path", model, "--input_ids", "1,2", "--max_new_tokens", "1", "--device",
            "cpu");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("have layers 0 to 1, and config.json makes 1 layers: the others are left out", run.Error);
    }

    [Fact]
    public void Generate_TensorOfALinearWithoutAPlace_Warns()
    {
        var model = RenamedWeights.Copy(
            Repository.Fixture("llama-tiny"), _folder.Path("m"), @"rotary_emb\.inv_freq$", "q_proj.bias");

        var run = CliRun.Of(
            "generate", "--model_name_or_path", model, "--input_ids", "1,2", "--max_new_tokens", "1", "--device",
            "cpu");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("have 2 tensors of linear layers that config.json gives no place, such as", run.Error);
        Assert.Contains("self_attn.q_proj.bias'", run.Error);
    }

    [Theory]
    [InlineData("lora_A", "lora_B_", "all of its 'lora_' names are lora_B")]
    [InlineData(@"\.lora_([AB])", ".$1", "it is no adapter")]
    [InlineData(@"layers\.1\.", "layers.31.", "its layers are 0 to 31, the model's 0 to 1")]
    [InlineData(@"lora_A\.weight", "lora_A.one.weight", "several")]
    [InlineData("^base_model.model.model.layers", "base_model.model.gpt.layers", "'base_model.model.gpt.layers.0")]
    public void Generate_AdapterThatDoesNotFit_SaysWhatIsThere(string pattern, string replacement, string said)
    {
        var adapter = RenamedWeights.Copy(TinyLora.Folder, _folder.Path("adapter"), pattern, replacement);
        if (said == "several")
        {
            adapter = RenamedWeights.Copy(
                TinyLora.Folder, _folder.Path("two"), @"layers\.1\.(.*)lora_A\.weight", "layers.0.$1lora_A.b.weight");
        }

        Assert.Contains(said, Greedy.Error(Repository.Fixture("llama-tiny"), "--lora_weights", adapter));
    }
}
