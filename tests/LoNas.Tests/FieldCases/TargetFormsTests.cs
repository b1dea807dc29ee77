using System.Text.Json;
using LoNas.Elastic;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>The forms in which people write the layers that get an adapter.</summary>
public sealed class TargetFormsTests
{
    private static readonly string[] Dry = ["--model_name_or_path", "m", "--dry_run", "--lora"];

    [Theory]
    [InlineData("[\"q_proj\", \"k_proj\"]", "q_proj|k_proj")]
    [InlineData("['q_proj','v_proj']", "q_proj|v_proj")]
    [InlineData("[q_proj,k_proj]", "q_proj|k_proj")]
    [InlineData("all-linear", "q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj")]
    [InlineData(@".*\.0\.self_attn\.[qv]_proj", "model.layers.0.self_attn.q_proj|model.layers.0.self_attn.v_proj")]
    [InlineData(@".*\.mlp\..*", "gate_proj|up_proj|down_proj")]
    public void RunMath_FormOfTargets_IsSavedAsEveryPeftReadsIt(string targets, string saved)
    {
        using var sample = new SampleRun();

        var run = CliRun.Of(sample.Training(
            ("nncf_config", null), ("target_modules", targets), ("max_steps", "1"), ("save_strategy", "no"),
            ("val_set_size", "0")));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var json = JsonInput.Load(Path.Combine(sample.Output, "adapter_config.json"), "adapter")
            .GetProperty("target_modules");
        Assert.Equal(saved, json.ValueKind == JsonValueKind.String
            ? json.GetString()
            : string.Join('|', json.EnumerateArray().Select(name => name.GetString())));
        Assert.Equal(0, CliRun.Of(sample.Testing()).ExitCode);
    }

    /// <summary>PEFT would adapt the embedding too, or refuse a norm: what is saved names the linear layers.</summary>
    [Theory]
    [InlineData(".*", "input_layernorm, post_attention_layernorm, norm", "o_proj|lm_head")]
    [InlineData(".*(embed_tokens|q_proj)", "embed_tokens", "q_proj")]
    [InlineData("^(?!.*lm_head).*", "embed_tokens, input_layernorm", "o_proj|down_proj")]
    public void RunMath_PatternThatMatchesMoreThanLinears_IsToldAndOpensAgain(
        string targets, string told, string saved)
    {
        using var sample = new SampleRun();
        var line = sample.Training(
            ("nncf_config", null), ("target_modules", targets), ("max_steps", "1"), ("save_strategy", "no"),
            ("val_set_size", "0"));

        var run = CliRun.Of(line);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"the pattern '{targets}' also matches ", run.Error, StringComparison.Ordinal);
        Assert.Contains(told, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        var names = sample.Json("adapter_config.json").GetProperty("target_modules").EnumerateArray()
            .Select(name => name.GetString()).ToArray();
        Assert.All(saved.Split('|'), name => Assert.Contains(name, names));
        Assert.DoesNotContain("embed_tokens", names);
        Assert.Equal(0, CliRun.Of(sample.Testing()).ExitCode);
        Assert.Equal(0, CliRun.Of([.. line, "--overwrite_output_dir"]).ExitCode);
    }

    [Theory]
    [InlineData("q_proj,v_proj", "q_proj|v_proj")]
    [InlineData("q_proj, v_proj", "q_proj|v_proj")]
    [InlineData("q_proj v_proj", "q_proj|v_proj")]
    [InlineData("q_proj\tv_proj", "q_proj|v_proj")]
    [InlineData("[ 'q_proj' , 'v_proj' ]", "q_proj|v_proj")]
    [InlineData("""[ "q_proj" "v_proj" ]""", "q_proj|v_proj")]
    [InlineData("('q_proj', 'v_proj')", "q_proj|v_proj")]
    [InlineData("\"q_proj\",\"v_proj\"", "q_proj|v_proj")]
    [InlineData("“q_proj”,“v_proj”", "q_proj|v_proj")]
    [InlineData("['q_proj']", "q_proj")]
    [InlineData("[q_proj, v_proj,]", "q_proj|v_proj")]
    [InlineData("self_attn.q_proj,mlp.up_proj", "self_attn.q_proj|mlp.up_proj")]
    [InlineData("model.layers.0.self_attn.q_proj", "model.layers.0.self_attn.q_proj")]
    public void RunMath_NamesInAnyForm_AreTheNames(string given, string expected)
    {
        var lora = CliRun.RunMath([.. Dry, "--target_modules", given]).NewAdapter.ToLora();

        Assert.False(lora.TargetIsPattern);
        Assert.Equal(expected.Split('|'), lora.TargetModules);
    }

    /// <summary>Python's nargs="+", and a list that the shell has cut at its spaces.</summary>
    [Theory]
    [InlineData("--target_modules|q_proj|v_proj", "q_proj|v_proj")]
    [InlineData("--target_modules=q_proj|v_proj|--fp16", "q_proj|v_proj")]
    [InlineData("--target_modules|[q_proj,|v_proj]", "q_proj|v_proj")]
    public void RunMath_NamesAsSeveralValues_AreOneList(string given, string expected) => Assert.Equal(
        expected.Split('|'), CliRun.RunMath([.. Dry, .. given.Split('|')]).NewAdapter.ToLora().TargetModules);

    /// <summary>Python: re.fullmatch(pattern, path); all-linear: every linear but the output head.</summary>
    [Theory]
    [InlineData("all-linear", "q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj")]
    [InlineData("ALL-LINEAR", "q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj")]
    [InlineData(".*(q|v)_proj", "q_proj|v_proj")]
    [InlineData(@".*\.mlp\..*", "gate_proj|up_proj|down_proj")]
    [InlineData("model.layers.[0-9]{1,2}.self_attn.[qk]_proj", "q_proj|k_proj")]
    [InlineData("^.*(?:up|down)_proj$", "up_proj|down_proj")]
    [InlineData("lm_head|.*o_proj", "o_proj|lm_head")]
    [InlineData("[a-z.0-9_]*v_proj", "v_proj")]
    public void RunMath_Pattern_TargetsWhatPeftDoes(string given, string expected)
    {
        var lora = CliRun.RunMath([.. Dry, "--target_modules", given]).NewAdapter.ToLora();

        Assert.True(lora.TargetIsPattern);
        Assert.Equal(expected.Split('|'), Targeted(lora));
    }

    [Theory]
    [InlineData("(q_proj", "is no regular expression: Invalid pattern '(q_proj'")]
    [InlineData("(?x).*q_proj #c", "is no regular expression")]
    [InlineData("q_proj,all-linear", "all-linear stands alone")]
    [InlineData("['q_proj','q_proj']", "names a layer twice")]
    [InlineData("[]", "names no layer")]
    public void RunMath_FormThatMeansNothing_IsRefused(string given, string message) => Assert.Contains(
        message, CliRun.RunMathError([.. Dry, "--target_modules", given]), StringComparison.Ordinal);

    [Theory]
    [InlineData("w_proj")]
    [InlineData(@".*\.w_proj")]
    [InlineData("q_pro")]
    [InlineData("self_attn")]
    public void RunMath_TargetThatDoesNotExist_NamesThoseThatDo(string given)
    {
        using var sample = new SampleRun();

        var run = CliRun.Of(sample.Training(("nncf_config", null), ("target_modules", given)));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj", run.Error,
            StringComparison.Ordinal);
        Assert.Contains("all-linear targets all but the head", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("q_proj|v_proj", ", as '.*(q_proj|v_proj)' does;")]
    [InlineData("[q|v]_proj", ", as '.*([q|v]_proj)' does;")]
    [InlineData(@".*\.w_proj", "self_attn.q_proj; its linear layers are")]
    public void RunMath_PatternThatMatchesNoWholePath_SaysSo(string given, string message)
    {
        using var sample = new SampleRun();

        var run = CliRun.Of(sample.Training(("nncf_config", null), ("target_modules", given)));

        ErrorTable.Require("pattern that matches no layer", run.ExitCode, run.Error);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    /// <summary>all-linear of BERT: its pooler is a linear layer, its classifier the head of a SEQ_CLS task.</summary>
    [Fact]
    public void Targets_AllLinearOfAClassifier_LeavesTheClassifier()
    {
        var lora = new LoraOptions
        {
            TargetModules = [LoraOptions.AllLinear],
            TaskType = LoraOptions.ClassificationTask,
        };
        string[] paths = [.. LinearLayout.Load(Repository.Fixture("bert-tiny")).Linears.Select(linear => linear.Path)];

        Assert.Equal(paths.Where(path => path != "classifier"), paths.Where(lora.Targets));
        Assert.Equal(paths.Where(lora.Targets), paths.Where(lora.Named(paths).Targets));
    }

    [Theory]
    [InlineData("target_modules", "\"(?x).*q_proj #c\"")]
    [InlineData("rank_pattern", "{\"(?x)q_proj #c\": 2}")]
    public void LoadOptions_PatternThatCannotBeMatched_IsRefused(string key, string json)
    {
        using var folder = new TemporaryFolder();
        var other = key == "target_modules" ? "" : "\"target_modules\": [\"q_proj\"],";
        File.WriteAllText(folder.Path("adapter_config.json"), $$"""
            { "peft_type": "LORA", "r": 4, "lora_alpha": 8, {{other}} "{{key}}": {{json}} }
            """);

        var error = Assert.Throws<InvalidDataException>(() => PeftFolder.LoadOptions(folder.Root));

        Assert.Contains($"in '{key}', which is no regular expression", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"all-linear\"", "q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj")]
    [InlineData("\".*[qv]_proj\"", "q_proj|v_proj")]
    [InlineData("\"q_proj\"", "")]
    public void LoadOptions_TextOfAnAdapterFile_IsPeftsPattern(string json, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path("adapter_config.json"), $$"""
            { "peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": {{json}} }
            """);

        Assert.Equal(
            expected.Split('|', StringSplitOptions.RemoveEmptyEntries), Targeted(PeftFolder.LoadOptions(folder.Root)));
    }

    private static string[] Targeted(LoraOptions lora) =>
    [
        .. LinearLayout.Load(Repository.Fixture("llama-tiny")).Linears.Select(linear => linear.Path)
            .Where(lora.Targets).Select(path => path[(path.LastIndexOf('.') + 1)..]).Distinct(),
    ];
}
