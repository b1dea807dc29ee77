using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using static TorchSharp.torch;

namespace LoNas.Tests.FieldCases;

/// <summary>
/// The layers that adapter_config.json means, in the forms that PEFT and the programs around it write. The sets are
/// found by hand from PEFT's rules: <c>0:q,up</c> is layers 0's q_proj and up_proj.
/// </summary>
public sealed class AdapterTargetTests : IDisposable
{
    private static readonly string[] Names = ["q", "k", "v", "o", "gate", "up", "down"];

    private readonly TemporaryFolder _folder = new();
    private readonly AdapterFiles _files;

    public AdapterTargetTests() => _files = new AdapterFiles("llama-tiny", _folder);

    public void Dispose() => _folder.Dispose();

    [Theory]
    // PEFT 0.5 and every later version: a list, sorted by nobody.
    [InlineData("""{"target_modules": ["v_proj", "q_proj"], "layers_to_transform": null}""", "0:q,v 1:q,v")]
    [InlineData("""{"target_modules": ["self_attn.q_proj", "mlp.up_proj"]}""", "0:q,up 1:q,up")]
    // What get_peft_model of 0.18 saves for all-linear: whole paths.
    [InlineData("""{"target_modules": ["model.layers.1.mlp.up_proj", "model.layers.0.self_attn.q_proj"]}""",
        "0:q 1:up")]
    [InlineData("""{"target_modules": "all-linear"}""", "0:q,k,v,o,gate,up,down 1:q,k,v,o,gate,up,down")]
    [InlineData("""{"target_modules": "ALL-linear", "exclude_modules": ["lm_head", "down_proj"]}""",
        "0:q,k,v,o,gate,up 1:q,k,v,o,gate,up")]
    // Unsloth's.
    [InlineData("""
        {"target_modules": "(?:\\bmodel\\.layers\\.[\\d]{1,}\\.(?:self_attn|attn|mlp)\\.(?:(?:q_proj|up_proj)))"}
        """, "0:q,up 1:q,up")]
    [InlineData("""{"target_modules": ".*\\.layers\\.1\\.(?:self_attn|mlp)\\.(o|gate)_proj\\Z"}""", "1:o,gate")]
    [InlineData("""{"target_modules": "model\\.layers\\.(?P<layer>\\d+)\\.self\\_attn\\.(q|k)_proj"}""", "0:q,k 1:q,k")]
    [InlineData("""{"target_modules": "^(?!.*(lm_head|mlp|layers\\.0)).*proj$"}""", "1:q,k,v,o")]
    [InlineData("""{"target_modules": "model\\.layers\\.\\d++\\.mlp\\.(?:gate|up)_proj"}""", "0:gate,up 1:gate,up")]
    [InlineData("""{"target_modules": "lm_head|.*v_proj"}""", "0:v 1:v head")]
    // Limits of names.
    [InlineData("""{"target_modules": ["q_proj", "v_proj"], "layers_to_transform": [1], "layers_pattern": null}""",
        "1:q,v")]
    [InlineData("""{"target_modules": ["q_proj", "v_proj"], "layers_to_transform": 0, "layers_pattern": "layers"}""",
        "0:q,v")]
    [InlineData("""
        {"target_modules": ["down_proj"], "layers_to_transform": [0, 7], "layers_pattern": ["h", "(?:layers|block)"]}
        """, "0:down")]
    [InlineData("""{"target_modules": ["q_proj"], "layers_to_transform": [], "layers_pattern": []}""", "0:q 1:q")]
    // A whole path counts whatever the layers are; the head is in none.
    [InlineData("""
        {"target_modules": ["model.layers.0.mlp.up_proj", "q_proj", "lm_head"], "layers_to_transform": [1]}
        """, "0:up 1:q head")]
    [InlineData("""{"target_modules": ["x.lm_head", "q_proj"], "layers_to_transform": [0]}""", "0:q")]
    // What is excluded: ends of whole paths, or one expression.
    [InlineData("""{"target_modules": ["q_proj", "up_proj"], "exclude_modules": ".*layers\\.0\\..*"}""", "1:q,up")]
    [InlineData("""{"target_modules": ["q_proj", "k_proj"], "exclude_modules": ["model.layers.0.self_attn.q_proj"]}""",
        "0:k 1:q,k")]
    [InlineData("""{"target_modules": ["q_proj", "up_proj"], "exclude_modules": ["mlp", "proj"]}""", "0:q,up 1:q,up")]
    [InlineData("""{"target_modules": ".*_proj", "exclude_modules": ".*mlp.*|.*(k|v)_proj"}""", "0:q,o 1:q,o")]
    [InlineData("""{"target_modules": ["q_proj"], "exclude_modules": ""}""", "0:q 1:q")]
    [InlineData("""
        {"target_modules": ["q_proj", "k_proj"], "exclude_modules": ["k_proj"], "layers_to_transform": [1]}
        """, "1:q")]
    public void Generate_FormOfPeft_HasTheLayersThatPeftGives(string json, string expected)
    {
        string[] paths = [.. Paths(expected)];

        var run = AdapterFiles.Generate(_files.Base, Adapter(json, paths));
        var fewer = AdapterFiles.Generate(_files.Base, Adapter(json, paths[..^1].Append("model.layers.0.mlp.x_proj")));
        var other = Paths("0:q,k,v,o,gate,up,down 1:q,k,v,o,gate,up,down head").Except(paths).First();
        var more = AdapterFiles.Generate(_files.Base, Adapter(json, [.. paths, other]));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal((2, 2), (fewer.ExitCode, more.ExitCode));
        Assert.Contains(
            $"'base_model.model.{paths[^1]}.lora_A.weight' is missing", fewer.Error, StringComparison.Ordinal);
        Assert.Contains(
            $"'base_model.model.{other}.lora_A.weight' has no place in the model", more.Error,
            StringComparison.Ordinal);
        Assert.Single(more.Error.Split("error: "), part => part.Length > 0);
    }

    /// <summary>Since 0.16 PEFT leaves out what is trained in full; before, it gave that an adapter too.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Generate_TargetThatIsTrainedInFull_IsAsTheFileHasIt(bool isAdapted)
    {
        const string Json = """{"target_modules": ["q_proj", "lm_head"], "modules_to_save": ["lm_head"]}""";
        var head = ("lm_head.weight", _files.Of("lm_head.weight"));
        string[] paths = [.. Paths("0:q 1:q"), .. isAdapted ? ["lm_head"] : Array.Empty<string>()];

        var run = AdapterFiles.Generate(_files.Base, Adapter(Json, paths, head));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }

    [Theory]
    [InlineData("bloom-tiny", """{"target_modules": "all-linear"}""",
        "query_key_value|self_attention.dense|dense_h_to_4h|dense_4h_to_h")]
    [InlineData("bloom-tiny", """{"target_modules": "transformer\\.h\\.\\d+\\.mlp\\.dense_.*"}""",
        "dense_h_to_4h|dense_4h_to_h")]
    [InlineData("bloom-tiny", """{"target_modules": ["dense"], "layers_to_transform": 1, "layers_pattern": "h"}""",
        "1.self_attention.dense")]
    [InlineData("bert-tiny", """{"target_modules": "all-linear", "task_type": "SEQ_CLS"}""",
        "query|key|value|dense|pooler.dense")]
    [InlineData("bert-tiny", """{"target_modules": ["query"], "layers_to_transform": [0], "task_type": "SEQ_CLS"}""",
        "0.attention.self.query")]
    [InlineData("bert-tiny", """
        {"target_modules": ["query", "dense"], "modules_to_save": ["pooler", "classifier"], "task_type": "SEQ_CLS"}
        """, "query|attention.output.dense|intermediate.dense|0.output.dense|1.output.dense")]
    public void LoadOptions_OtherFamilies_HaveTheLayersThatPeftGives(string model, string json, string expected)
    {
        var lora = PeftFolder.LoadOptions(Adapter(json, Paths("0:q")));
        string[] paths = [.. LinearLayout.Load(Repository.Fixture(model)).Linears.Select(linear => linear.Path)];

        Assert.Equal(
            paths.Where(path => expected.Split('|').Any(end => path.EndsWith($".{end}", StringComparison.Ordinal))),
            paths.Where(lora.Targets));
    }

    /// <summary>The classifier of RoBERTa is a module of two linear layers.</summary>
    [Fact]
    public void Targets_AllLinearOfRoberta_LeavesItsClassifier()
    {
        using var plain = new PlainEncoder("roberta");
        string[] paths = [.. LinearLayout.Load(plain.Folder).Linears.Select(linear => linear.Path)];
        var lora = new LoraOptions
        {
            TargetModules = [LoraOptions.AllLinear],
            TargetIsPattern = true,
            TaskType = LoraOptions.ClassificationTask,
        };

        Assert.Equal(
            paths.Where(path => !path.StartsWith("classifier", StringComparison.Ordinal)), paths.Where(lora.Targets));
        // dense alone would name classifier.dense to a PEFT before 0.16.
        Assert.Equal(paths.Where(lora.Targets), lora.Named(paths).TargetModules);
    }

    [Theory]
    [InlineData("""{"target_modules": "a|b", "layers_to_transform": [0]}""",
        "has 'layers_to_transform' beside the text \"a|b\" in 'target_modules', which PEFT refuses too")]
    [InlineData("""{"target_modules": "all-linear", "layers_to_transform": 0}""", "beside the text \"all-linear\"")]
    [InlineData("""{"target_modules": ["q_proj"], "layers_to_transform": [0.5]}""",
        "has 0.5 in 'layers_to_transform'; expected the number of a layer, from 0, or a list of them")]
    [InlineData("""{"target_modules": ["q_proj"], "layers_to_transform": "0"}""", "has \"0\" in 'layers_to_transform'")]
    [InlineData("""{"target_modules": ["q_proj"], "layers_to_transform": -1}""", "has -1 in 'layers_to_transform'")]
    [InlineData("""{"target_modules": ["q_proj"], "layers_to_transform": true}""", "has true in 'layers_to_transform'")]
    [InlineData("""{"target_modules": ["q_proj"], "exclude_modules": "(q"}""",
        "has '(q' in 'exclude_modules', which is no regular expression: Invalid pattern '(q'")]
    [InlineData("""{"target_modules": ["q_proj"], "exclude_modules": [1]}""", "has no usable 'exclude_modules'")]
    [InlineData("""{"target_modules": ["q_proj"], "layers_to_transform": 0, "layers_pattern": 7}""",
        "has no usable 'layers_pattern'")]
    [InlineData("""{"target_modules": ["q_proj"], "layers_to_transform": 0, "layers_pattern": "(h)"}""",
        "which is no regular expression without a group of its own")]
    [InlineData("""{"target_modules": "(?x) .*"}""",
        "in 'target_modules', which is no regular expression that can be used here: it has the flag x")]
    public void LoadOptions_LimitThatCannotBeUsed_IsNamed(string json, string message)
    {
        var folder = Adapter(json, []);

        var error = Assert.Throws<InvalidDataException>(() => PeftFolder.LoadOptions(folder));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(folder, "adapter_config.json"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_LimitsThatLeaveNothing_NameThem()
    {
        var adapter = Adapter("""{"target_modules": ["q_proj"], "layers_to_transform": [9]}""", Paths("0:q 1:q"));

        var run = AdapterFiles.Generate(_files.Base, adapter);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("none of which", run.Error, StringComparison.Ordinal);
        Assert.Contains(
            "within 'layers_to_transform' and without 'exclude_modules'", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("adapter with numbers of layers beside a pattern",
        """{"target_modules": ".*q_proj", "layers_to_transform": [0]}""")]
    [InlineData("pattern that .NET has not", """{"target_modules": "(?x) .*q_proj"}""")]
    [InlineData("pattern that takes too long", """{"target_modules": "(?=m)((.*)*)*x"}""")]
    public void Generate_TargetsThatCannotBe_AreRefused(string row, string json)
    {
        var run = AdapterFiles.Generate(_files.Base, Adapter(json, Paths("0:q 1:q")));

        ErrorTable.Require(row, run.ExitCode, run.Error);
    }

    private string Adapter(string json, IEnumerable<string> paths, params (string, Tensor)[] more) => _files.Adapter(
        "q_proj", [.. paths.SelectMany(Pair), .. more], config =>
        {
            foreach (var (key, value) in JsonNode.Parse(json)!.AsObject())
            {
                config[key] = value?.DeepClone();
            }
        });

    private (string, Tensor)[] Pair(string path) => path.EndsWith(".x_proj", StringComparison.Ordinal)
        ? [($"{path}.lora_A.weight", _files.Random(4, 4)), ($"{path}.lora_B.weight", _files.Random(4, 4))]
        : _files.Pair(path);

    private static IEnumerable<string> Paths(string code) => code.Split(' ').SelectMany(part => part == "head"
        ? ["lm_head"]
        : part[2..].Split(',').Select(name => $"model.layers.{part[0]}."
            + $"{(Array.IndexOf(Names, name) < 4 ? "self_attn" : "mlp")}.{name}_proj"));
}
