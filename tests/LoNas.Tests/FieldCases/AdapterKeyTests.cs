using System.Text.Json.Nodes;
using LoNas.Formats.Peft;
using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>Keys of adapter_config.json: of every version of PEFT, and of none.</summary>
public sealed class AdapterKeyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Generate_UnknownKeysWithValues_AreAllRefusedByName()
    {
        var folder = SharedData.Path("field-cases", "unknown-adapter-keys");

        var run = CliRun.Of(
            "generate", "--model_name_or_path", Path.Combine(folder, "base"), "--lora_weights",
            Path.Combine(folder, "a"), "--input_ids", "1,5,17,9,44,3,200,31", "--max_new_tokens", "4", "--json");

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.All(
            ["'some_future_thing' (true)", "'use_bdlora'", "'kasa_config'", "'use_qalora'",
                "'init_lora_weights' (\"lora_ga\")", "some_future_thing is unknown here"],
            part => Assert.Contains(part, run.Error, StringComparison.Ordinal));
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    /// <summary>What PEFT itself reads past, or what begins a training and ends with it.</summary>
    [Theory]
    [InlineData("peft_version", "\"0.18.1\"")]
    [InlineData("runtime_config", "{\"ephemeral_gpu_offload\": false}")]
    [InlineData("megatron_core", "\"megatron.core\"")]
    [InlineData("megatron_config", "{\"hidden_size\": 64}")]
    [InlineData("loftq_config", "{\"loftq_bits\": 4}")]
    [InlineData("eva_config", "{\"rho\": 2.0}")]
    [InlineData("corda_config", "{\"corda_method\": \"kpm\"}")]
    [InlineData("auto_mapping", "{\"base_model_class\": \"LlamaForCausalLM\"}")]
    [InlineData("revision", "\"main\"")]
    [InlineData("inference_mode", "false")]
    [InlineData("fan_in_fan_out", "true")]
    [InlineData("merge_weights", "true")]
    [InlineData("layers_pattern", "\"layers\"")]
    [InlineData("qalora_group_size", "16")]
    [InlineData("init_lora_weights", "false")]
    [InlineData("init_lora_weights", "\"gaussian\"")]
    [InlineData("init_lora_weights", "\"eva\"")]
    [InlineData("init_lora_weights", "\"orthogonal\"")]
    [InlineData("modules_to_save", "[]")]
    [InlineData("exclude_modules", "null")]
    [InlineData("exclude_modules", "[]")]
    [InlineData("trainable_token_indices", "null")]
    [InlineData("use_dora", "false")]
    [InlineData("lora_bias", "false")]
    [InlineData("arrow_config", "null")]
    [InlineData("enable_lora", "null")]
    [InlineData("some_future_thing", "null")]
    [InlineData("some_future_thing", "\"\"")]
    [InlineData("some_future_thing", "{}")]
    public void LoadOptions_KeyThatChangesNothing_IsRead(string key, string value)
    {
        Write(key, value);

        Assert.Equal(8, PeftFolder.LoadOptions(_folder.Root).Rank);
    }

    [Theory]
    [InlineData("use_dora", "true")]
    [InlineData("use_qalora", "true")]
    [InlineData("lora_bias", "true")]
    [InlineData("bias", "\"lora_only\"")]
    [InlineData("enable_lora", "[true, false, true]")]
    [InlineData("some_future_thing", "0")]
    [InlineData("some_future_thing", "-0.0")]
    [InlineData("use_dora", "0")]
    [InlineData("layer_replication", "[[0, 4], [2, 6]]")]
    [InlineData("trainable_token_indices", "{\"embed_tokens\": [5]}")]
    [InlineData("target_parameters", "[\"experts.gate_up_proj\"]")]
    [InlineData("arrow_config", "{\"top_k\": 2}")]
    [InlineData("monteclora_config", "{\"num_samples\": 8}")]
    [InlineData("ensure_weight_tying", "true")]
    [InlineData("init_lora_weights", "\"PiSSA\"")]
    [InlineData("init_lora_weights", "\"olora\"")]
    [InlineData("init_lora_weights", "\"loftq\"")]
    [InlineData("init_lora_weights", "\"corda\"")]
    [InlineData("init_lora_weights", "\"tomorrows\"")]
    [InlineData("init_lora_weights", "1")]
    [InlineData("some_future_thing", "0.5")]
    [InlineData("some_future_thing", "[0]")]
    [InlineData("some_future_thing", "\"none\"")]
    public void LoadOptions_KeyThatChangesNumbers_IsRefusedByName(string key, string value)
    {
        Write(key, value);

        var error = Assert.Throws<InvalidDataException>(() => PeftFolder.LoadOptions(_folder.Root));

        Assert.Contains($"sets '{key}'", error.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Python takes any text for true, and one text for a list of letters; neither is what was meant.
    /// </summary>
    [Theory]
    [InlineData("use_rslora", "\"true\"", "\"true\" in 'use_rslora'; expected true or false")]
    [InlineData("use_rslora", "1", "1 in 'use_rslora'; expected true or false")]
    [InlineData("modules_to_save", "\"lm_head\"", "no usable 'modules_to_save'; expected a list of names")]
    [InlineData("modules_to_save", "{\"lm_head\": true}", "no usable 'modules_to_save'; expected a list of names")]
    public void LoadOptions_KeyOfAnotherKind_IsRefused(string key, string value, string message)
    {
        Write(key, value);

        var error = Assert.Throws<InvalidDataException>(() => PeftFolder.LoadOptions(_folder.Root));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private void Write(string key, string value)
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(TinyLora.Folder, "adapter_config.json")))!.AsObject();
        json[key] = JsonNode.Parse(value);
        JsonOutput.Save(_folder.Path("adapter_config.json"), json);
    }
}
