using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using LoNas.Weights;

namespace LoNas.Tests.FieldCases;

/// <summary><c>--exclude_modules</c> and <c>--layers_to_transform</c>, which users of PEFT know.</summary>
public sealed class TargetLimitTests : IDisposable
{
    private readonly TrainedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("all-linear", "exclude_modules", ".*mlp.*", "q_proj,k_proj,v_proj,o_proj", 16)]
    [InlineData("all-linear", "exclude_modules", "['down_proj', 'o_proj']", "q_proj,k_proj,v_proj,gate_proj,up_proj",
        20)]
    [InlineData("q_proj,v_proj", "layers_to_transform", "0,2", "q_proj,v_proj", 4)]
    [InlineData("q_proj,v_proj", "layers_to_transform", "[0, 2]", "q_proj,v_proj", 4)]
    [InlineData(@"model\.layers\.(?P<layer>[02])\.self\_attn\.q_proj", "exclude_modules", "lm_head",
        "model.layers.0.self_attn.q_proj,model.layers.2.self_attn.q_proj", 2)]
    public void RunMath_Limit_TrainsAndOpensAgain(string targets, string flag, string value, string saved, int pairs)
    {
        (string, string?)[] flags = [("target_modules", targets), (flag, value), ("max_steps", "1")];

        var (_, error) = _folder.Train("out", flags);

        Assert.Equal("", error);
        var json = _folder.Sample.Json(Path.Combine(_folder.Folder("out"), "adapter_config.json"));
        Assert.Equal(
            saved,
            string.Join(',', json.GetProperty("target_modules").EnumerateArray().Select(name => name.GetString())));
        Assert.Equal(2 * pairs, TensorsOf("out").Length);
        Assert.Equal(0, CliRun.Of(_folder.Sample.Testing(("lora_weights", _folder.Folder("out")))).ExitCode);
        // The same run again is finished, and a new one goes on from its adapter.
        Assert.StartsWith("finished earlier", _folder.Train("out", flags).Output, StringComparison.Ordinal);
        var next = _folder.Train("next", [.. flags, ("lora_weights", _folder.Folder("out"))]);
        Assert.Equal("", next.Error);
        Assert.Equal(TensorsOf("out"), TensorsOf("next"));
    }

    [Fact]
    public void RunMath_LimitOfLayers_IsStoppedResumedAndHeldAgainstOthers()
    {
        (string, string?) layers = ("layers_to_transform", "1,3");
        _folder.Train("whole", layers);
        _folder.Stop("checkpoint-2", "broken", layers);

        _folder.Train("broken", layers);

        Assert.Equal(_folder.Adapter("whole"), _folder.Adapter("broken"));
        Assert.All(TensorsOf("whole"), name => Assert.Matches(@"layers\.[13]\.", name));
        Assert.Contains(
            "layers_to_transform was [1,3] and is [1]",
            _folder.Refused(_folder.Line("whole", ("layers_to_transform", "1"))), StringComparison.Ordinal);
        var start = ("lora_weights", _folder.Folder("whole"));
        Assert.Contains(
            "--target_modules is q_proj,v_proj --layers_to_transform 1, and the adapter",
            _folder.Refused(_folder.Line("other", ("layers_to_transform", "1"), start)), StringComparison.Ordinal);
        Assert.Contains(
            "training starts from the adapter", _folder.Train("next", ("target_modules", null), start).Output,
            StringComparison.Ordinal);
    }

    /// <summary>make-config, run-math, search, extract and export, of an adapter in two of four layers.</summary>
    [Fact]
    public void Commands_ElasticAdapterInSomeLayers_GoAllTheWay()
    {
        var (space, output) = (_folder.Folder("space.json"), _folder.Folder("out"));
        const string Targets = "q_proj,v_proj,gate_proj,up_proj,down_proj";
        string[] limits = ["--target_modules", Targets, "--exclude_modules", "v_proj", "--layers_to_transform", "1,2"];

        var made = Ok(
        [
            "make-config", "--model_name_or_path", SampleRun.Model, "--preset", "math", "--output", space, "--ranks",
            "4,2", "--mlp_ratios", "1,0.5", "--num_evals", "4", "--population", "2", "--epochs", "1", .. limits,
        ]);
        Assert.Contains(
            $"--lora_r 4 --target_modules {Targets} --exclude_modules v_proj --layers_to_transform 1,2", made.Output,
            StringComparison.Ordinal);
        var counted = Ok(
            ["inspect", "--model_name_or_path", SampleRun.Model, "--nncf_config", space, "--json", .. limits]);
        _folder.Train(
            "out", ("nncf_config", space), ("target_modules", Targets), ("exclude_modules", "v_proj"),
            ("layers_to_transform", "1,2"), ("max_steps", "2"), ("do_search", "True"), ("val_set_size", "2"));

        Assert.Equal(2 * 2 * 4, TensorsOf("out").Length);
        Assert.Equal(
            TensorsOf("out").Sum(name => Count("out", name)),
            JsonInput.Parse(counted.Output, "test").GetProperty("maximal").GetProperty("lora_params").GetInt64());
        Assert.True(File.Exists(Path.Combine(output, "pareto_front.json")));
        string[] adapter = ["--model_name_or_path", SampleRun.Model, "--lora_weights", output];
        Ok(["extract", .. adapter, "--sub_adapter", "minimal", "--output_dir", _folder.Folder("small")]);
        Ok(["extract", .. adapter, "--sub_adapter", "minimal", "--output_dir", _folder.Folder("kept"),
            "--keep_adapter"]);
        Ok(["generate", "--model_name_or_path", _folder.Folder("kept"), "--lora_weights",
            _folder.Folder("kept/adapter"), "--input_ids", "1,5,9", "--max_new_tokens", "2"]);
        Ok(["export", .. adapter, "--to", "peft", "--output", _folder.Folder("peft")]);
        Assert.Equal(TensorsOf("out"), TensorsOf("peft"));
        Ok(["generate", "--model_name_or_path", SampleRun.Model, "--lora_weights", _folder.Folder("peft"),
            "--input_ids", "1,5,9", "--max_new_tokens", "2"]);
    }

    [Theory]
    [InlineData("layer that the model does not have", "q_proj", "layers_to_transform", "1,9")]
    [InlineData("limits that leave no layer", "q_proj", "exclude_modules", "q_proj,v_proj")]
    [InlineData("limits that leave no layer", ".*q_proj", "exclude_modules", ".*self_attn.*")]
    [InlineData("numbers of layers beside a pattern", ".*q_proj", "layers_to_transform", "1")]
    [InlineData("numbers of layers beside a pattern", "all-linear", "layers_to_transform", "1")]
    [InlineData("numbers of layers that are none", "q_proj", "layers_to_transform", "1,1")]
    [InlineData("targets that are no regular expression", "q_proj", "exclude_modules", "(q_proj")]
    [InlineData("pattern that .NET has not", "(?x) .*q_proj", "lora_r", "4")]
    public void RunMath_LimitThatCannotBe_IsRefused(string row, string targets, string flag, string value)
    {
        var run = CliRun.Of(_folder.Line("out", ("target_modules", targets), (flag, value)));

        ErrorTable.Require(row, run.ExitCode, run.Error);
        Assert.False(Directory.Exists(_folder.Folder("out")));
    }

    [Theory]
    [InlineData("mlp", true)]
    [InlineData("self_attn,q_proj,lm_head", true)]
    [InlineData(".*attn", true)]
    [InlineData("lm_head", false)]
    [InlineData("q_proj,embed_tokens", false)]
    public void RunMath_NameThatExcludesNothing_IsTold(string excluded, bool isTold)
    {
        var (_, error) = _folder.Train("out", ("exclude_modules", excluded), ("max_steps", "1"));

        if (isTold)
        {
            ErrorTable.Require("excluded name that excludes nothing", 0, error);
        }

        Assert.Equal(isTold ? 1 : 0, error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Inspect_LimitsWithoutTargets_AreRefused() => Assert.Contains(
        "--exclude_modules and --layers_to_transform need --target_modules",
        CliRun.Of("inspect", "--model_name_or_path", SampleRun.Model, "--layers_to_transform", "0").Error,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("make-config", "--preset", "math")]
    [InlineData("inspect", "--lora_r", "4")]
    public void Run_LimitOfAnotherModel_IsRefused(params string[] command)
    {
        var run = CliRun.Of(
            [.. command, "--model_name_or_path", SampleRun.Model, "--target_modules", "q_proj", "--layers_to_transform",
                "40"]);

        ErrorTable.Require("layer that the model does not have", run.ExitCode, run.Error);
    }

    private static CliRun Ok(params string[] args)
    {
        var run = CliRun.Of(args);
        Assert.True(run.ExitCode == 0, run.Error);
        return run;
    }

    private string[] TensorsOf(string folder)
    {
        using var file = SafetensorsFile.Open(Path.Combine(_folder.Folder(folder), "adapter_model.safetensors"));
        return [.. file.Names.Order(StringComparer.Ordinal)];
    }

    private long Count(string folder, string name)
    {
        using var file = SafetensorsFile.Open(Path.Combine(_folder.Folder(folder), "adapter_model.safetensors"));
        return file.ShapeOf(name).Aggregate(1L, (count, size) => count * size);
    }
}
