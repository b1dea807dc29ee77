using System.Text.Json;
using System.Text.RegularExpressions;
using LoNas.Elastic;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>
/// What adapter_config.json says once it is saved, read by PEFT's rules of its versions 0.5 and 0.18, which are written
/// down here anew.
/// </summary>
public sealed class SavedTargetsTests : IDisposable
{
    private static readonly string[] CommonContainers = ["layers", "h", "block", "blocks"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("llama-tiny", "all-linear", "", "", "q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj")]
    [InlineData("llama-tiny", "all-linear", "down_proj,lm_head", "", "q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj")]
    [InlineData("llama-tiny", "q_proj,up_proj", "", "1", "q_proj,up_proj in 1 of layers")]
    [InlineData("llama-tiny", "q_proj,up_proj", "", "0,1", "q_proj,up_proj in 0,1 of layers")]
    [InlineData("bloom-tiny", "query_key_value", "", "1", "query_key_value in 1 of h")]
    [InlineData("bert-tiny", "query,value", "", "0", "query,value in 0 of layer")]
    [InlineData("llama-tiny", "q_proj,up_proj", "up_proj", "1", "model.layers.1.self_attn.q_proj")]
    [InlineData("llama-tiny", "q_proj,k_proj", @".*\.0\..*", "",
        "model.layers.1.self_attn.q_proj,model.layers.1.self_attn.k_proj")]
    [InlineData("llama-tiny", "model.layers.0.mlp.up_proj,q_proj", "", "1",
        "model.layers.0.mlp.up_proj,model.layers.1.self_attn.q_proj")]
    [InlineData("llama-tiny", @".*\.1\..*q_proj", "", "", "model.layers.1.self_attn.q_proj")]
    [InlineData("llama-tiny", ".*(q|lm)_.*", ".*0.*", "", "model.layers.1.self_attn.q_proj,lm_head")]
    [InlineData("llama-tiny", "self_attn.q_proj,mlp.up_proj", "", "", "self_attn.q_proj,mlp.up_proj")]
    public void Save_AnyForm_IsReadAlikeByEveryPeft(
        string model, string targets, string excluded, string layers, string saved)
    {
        string[] paths = [.. LinearLayout.Load(Repository.Fixture(model)).Linears.Select(linear => linear.Path)];
        var lora = new LoraOptions
        {
            TargetModules = targets.Split(','),
            TargetIsPattern = targets.Contains('*') || targets == LoraOptions.AllLinear,
            ExcludeModules = excluded.Split(',', StringSplitOptions.RemoveEmptyEntries),
            ExcludeIsPattern = excluded.Contains('*'),
            LayersToTransform = [.. layers.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)],
        };

        PeftConfig.Save(_folder.Root, lora.Named(paths), "base");

        var json = JsonInput.Load(_folder.Path(PeftConfig.FileName), "adapter");
        string[] expected = [.. paths.Where(lora.Targets)];
        Assert.NotEmpty(expected);
        Assert.Equal(saved, Text(json));
        Assert.Equal(expected, paths.Where(path => IsOfPeft5(json, path)));
        Assert.Equal(expected, paths.Where(path => IsOfPeft18(json, path)));
        Assert.Equal(expected, paths.Where(PeftFolder.LoadOptions(_folder.Root).Targets));
        Assert.False(json.TryGetProperty("exclude_modules", out _)); // PEFT 0.5 has no such key
        // What knows no limits gets whole paths.
        var resolved = new LoraOptions { TargetModules = lora.Resolved(paths).TargetModules };
        Assert.Equal(expected, paths.Where(resolved.Targets));
    }

    /// <summary>Whoever saves options that are not named by the model's layers gets them as they are.</summary>
    [Fact]
    public void Write_LimitsAsTheyAre_AreReadAgain()
    {
        var lora = new LoraOptions
        {
            ExcludeModules = [".*k_proj"],
            ExcludeIsPattern = true,
            LayersToTransform = [0, 3],
            LayersPattern = ["layers", "h"],
        };

        PeftConfig.Save(_folder.Root, lora, "base");
        var read = PeftFolder.LoadOptions(_folder.Root);

        Assert.Equal(lora.ExcludeModules, read.ExcludeModules);
        Assert.True(read.ExcludeIsPattern);
        Assert.Equal(lora.LayersToTransform, read.LayersToTransform);
        Assert.Equal(lora.LayersPattern, read.LayersPattern);
    }

    private static string Text(JsonElement json) => string.Join(',', Names(json, "target_modules"))
        + (json.GetProperty("layers_to_transform").ValueKind == JsonValueKind.Null ? ""
            : $" in {string.Join(',', Layers(json))} of {string.Join(',', Names(json, "layers_pattern"))}");

    private static bool IsOfPeft5(JsonElement json, string path)
    {
        bool isNamed = Names(json, "target_modules").Any(name => Regex.IsMatch(path, $@"^.*\.{name}$") || name == path);
        var containers = Names(json, "layers_pattern") is { Length: > 0 } given ? given : CommonContainers;
        return isNamed && (Layers(json).Length == 0 || containers
            .Select(name => Regex.Match(path, $@"^.*.{name}\.(\d+)\.*"))
            .Where(match => match.Success).Take(1)
            .Any(match => Layers(json).Contains(int.Parse(match.Groups[1].Value))));
    }

    private static bool IsOfPeft18(JsonElement json, string path)
    {
        string[] names = Names(json, "target_modules");
        if (names.Contains(path))
        {
            return true;
        }

        bool isNamed = names.Any(name => path.EndsWith($".{name}", StringComparison.Ordinal));
        var containers = Names(json, "layers_pattern") is { Length: > 0 } given ? given : ["[^.]*"];
        return isNamed && (Layers(json).Length == 0 || containers
            .Select(name => Regex.Match(path, $@"^.*\.{name}\.(\d+)\."))
            .Where(match => match.Success).Take(1)
            .Any(match => Layers(json).Contains(int.Parse(match.Groups[1].Value))));
    }

    private static string[] Names(JsonElement json, string key) => json.GetProperty(key) is var value
        && value.ValueKind == JsonValueKind.Null ? [] : [.. value.EnumerateArray().Select(name => name.GetString()!)];

    private static int[] Layers(JsonElement json) => json.GetProperty("layers_to_transform") is var value
        && value.ValueKind == JsonValueKind.Null ? [] : [.. value.EnumerateArray().Select(layer => layer.GetInt32())];
}
