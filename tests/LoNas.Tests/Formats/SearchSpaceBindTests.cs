using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Tests.Support;

namespace LoNas.Tests.Formats;

public sealed class SearchSpaceBindTests
{
    private const string Width = "bootstrapNAS.training.elasticity.width.";
    private const string Gate = "PeftModelForCausalLM/LoraModel[base_model]/LlamaForCausalLM[model]/LlamaModel[model]"
        + "/ModuleList[layers]/LlamaDecoderLayer[0]/LlamaMLP[mlp]/Linear[gate_proj]/";

    [Fact]
    public void Bind_SeveralMisfits_AreAllInOneError()
    {
        var linears = TinySearchSpace.Linears();
        linears.Remove("model.layers.0.self_attn.k_proj");
        linears["model.layers.1.self_attn.v_proj"] = new LinearShape(64, 64, 0);
        linears["model.layers.1.mlp.up_proj"] = new LinearShape(64, 170, 8);

        var lines = Errors(TinySearchSpace.Parse(("[176, 132, 88]", "[176, 132, 140]")), linears);

        Assert.Equal(
        [
            Width + "overwrite_groups[0][1]: group 0, 'model.layers.0.self_attn.k_proj' (lora_A): "
                + "the model has no linear of this name",
            Width + "overwrite_groups[1][2]: group 1, 'model.layers.1.self_attn.v_proj' (lora_A): "
                + "this linear has no adapter; add v_proj to the target modules",
            Width + "overwrite_groups_widths[2]: group 2, list [176, 132, 140]: 140 follows 132; "
                + "widths must descend from the full one",
            Width + "overwrite_groups_widths[3]: group 3, list [176, 132, 140]: 140 follows 132; "
                + "widths must descend from the full one",
            Width + "overwrite_groups[3]: group 3 has members of differing size: "
                + "'model.layers.1.mlp.gate_proj' (base) 176, "
                + "'model.layers.1.mlp.gate_proj' (lora_B) 176, 'model.layers.1.mlp.up_proj' (base) 170, "
                + "'model.layers.1.mlp.up_proj' (lora_B) 170; a group cuts equal ones",
        ], lines);
    }

    [Theory]
    [InlineData("[8, 6, 4]", "[6, 4]", "group 0, list [6, 4]: starts at 6; it must start at the full rank 8 of "
        + "'model.layers.0.self_attn.q_proj' (lora_A)")]
    [InlineData(
        "[176, 132, 88]", "[192, 88]", "group 2, list [192, 88]: starts at 192; it must start at the full width 176")]
    [InlineData("[8, 6, 4]", "[8, 8, 4]", "group 0, list [8, 8, 4]: 8 follows 8")]
    [InlineData(Gate + "ModuleDict[lora_B]", Gate + "ModuleDict[lora_A]",
        "group 2 mixes ranks (lora_A) with widths (base, lora_B)")]
    [InlineData("LlamaDecoderLayer[0]/LlamaMLP[mlp]/Linear[up_proj]/ModuleDict[lora_A]",
        "LlamaDecoderLayer[0]/LlamaMLP[mlp]/Linear[gate_proj]/ModuleDict[lora_A]",
        "'model.layers.0.mlp.gate_proj' (lora_A): already a member of group 4")]
    [InlineData(
        "LlamaMLP[mlp]/Linear[up_proj]/NNCFUserSelfLinear",
        "LlamaAttention[self_attn]/Linear[o_proj]/NNCFUserSelfLinear",
        "group 2 has members of differing size")]
    public void Bind_Misfit_NamesGroupAndReason(string old, string replacement, string expected) =>
        Assert.Contains(
            expected, string.Join('\n', Errors(TinySearchSpace.Parse((old, replacement)))), StringComparison.Ordinal);

    [Fact]
    public void Bind_BaseWithoutItsLoraB_IsAnError()
    {
        var configuration = TinySearchSpace.Parse(($"\"{Gate}ModuleDict[lora_B]/NNCFLinear[default]/linear_0\",", ""));
        Assert.Equal(
            Width + "overwrite_groups[2]: group 2 lacks 'model.layers.0.mlp.gate_proj' (lora_B): its base is cut and "
            + "it has an adapter; add it", Assert.Single(Errors(configuration)));
    }

    [Fact]
    public void Bind_LoraBWithoutItsBase_IsAnError()
    {
        var configuration = TinySearchSpace.Parse(($"\"{Gate}NNCFUserSelfLinear[self_linear]/linear_0\",", ""));
        Assert.Contains("group 2 lacks 'model.layers.0.mlp.gate_proj' (base): its lora_B is cut; add it",
            string.Join('\n', Errors(configuration)), StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_GateCutWithoutUp_IsAnError()
    {
        string up = Gate.Replace("gate_proj", "up_proj", StringComparison.Ordinal);
        var configuration = TinySearchSpace.Parse(
            (
                $"\"{Gate}ModuleDict[lora_B]/NNCFLinear[default]/linear_0\",",
                $"\"{Gate}ModuleDict[lora_B]/NNCFLinear[default]/linear_0\""),
            ($"\"{up}NNCFUserSelfLinear[self_linear]/linear_0\",", ""),
            ($"\"{up}ModuleDict[lora_B]/NNCFLinear[default]/linear_0\"", ""));

        Assert.Equal(Width + "overwrite_groups[2]: group 2 lacks 'model.layers.0.mlp.up_proj' (base): it feeds "
            + "'model.layers.0.mlp.down_proj' together with 'model.layers.0.mlp.gate_proj'; add it",
            Assert.Single(Errors(configuration)));
    }

    [Fact]
    public void Bind_ConsumerOfAnotherSize_IsAnError()
    {
        var linears = TinySearchSpace.Linears();
        linears["model.layers.0.mlp.down_proj"] = new LinearShape(170, 64, 8);
        Assert.Contains("its 176 outputs need 'model.layers.0.mlp.down_proj' to follow, which takes 170",
            string.Join('\n', Errors(TinySearchSpace.Parse(), linears)), StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_OutputThatNothingFollows_IsAnError()
    {
        var linears = TinySearchSpace.Linears();
        linears["model.layers.0.mlp.other"] = new LinearShape(64, 176, 0);
        var tiny = TinySearchSpace.Parse();
        var other = tiny.Groups[2] with
        {
            Index = 6,
            Members = [new GroupMember("model.layers.0.mlp.other", AdapterPart.Base)],
        };
        Assert.Equal(
            Width + "overwrite_groups[6]: group 6, 'model.layers.0.mlp.other': cutting its output is not supported, "
            + "as no linear is "
            + "known that follows", Assert.Single(Errors(tiny with { Groups = [.. tiny.Groups, other] }, linears)));
    }

    [Fact]
    public void Bind_BrokenHeads_AreAnError()
    {
        var configuration = NncfConfiguration.Load(
            SharedData.Path("reference", "nncf_config", "glue", "nncf_lonas_bert_base_rte.json"));
        var linears = ModelLinears.Bert(12, 768, 3072, 8, "query", "value");
        var error = Assert.Throws<InvalidDataException>(() => configuration.Bind(linears, headSize: 96));
        Assert.Contains("is no multiple of the head size 96", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_DynamicInputThatNothingFeeds_IsAnError()
    {
        var configuration = TinySearchSpace.Parse() with { DynamicInputs = ["lm_head", "nowhere"] };
        Assert.Equal(
        [
            Width + "add_dynamic_inputs[0]: 'lm_head': no group cuts what feeds this linear; remove it",
            Width + "add_dynamic_inputs[1]: 'nowhere': the model has no linear of this name",
        ], Errors(configuration));
    }

    private static string[] Errors(NncfConfiguration configuration, Dictionary<string, LinearShape>? linears = null)
    {
        var error = Assert.Throws<InvalidDataException>(
            () => configuration.Bind(linears ?? TinySearchSpace.Linears()));
        var lines = error.Message.Split('\n');
        Assert.Equal("The test does not fit the model:", lines[0]);
        return lines[1..];
    }
}
