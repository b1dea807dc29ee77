using LoNas.Elastic;
using LoNas.Formats.Nncf;

namespace LoNas.Tests.Formats;

public sealed class NodeScopeTests
{
    private const string Llama = "PeftModelForCausalLM/LoraModel[base_model]/LlamaForCausalLM[model]/LlamaModel[model]"
        + "/ModuleList[layers]/LlamaDecoderLayer[3]/";

    [Theory]
    [InlineData(Llama + "LlamaAttention[self_attn]/Linear[q_proj]/ModuleDict[lora_A]/NNCFLinear[default]/linear_0",
        "model.layers.3.self_attn.q_proj", AdapterPart.LoraA)]
    [InlineData(Llama + "LlamaMLP[mlp]/Linear[up_proj]/ModuleDict[lora_B]/NNCFLinear[default]/linear_0",
        "model.layers.3.mlp.up_proj", AdapterPart.LoraB)]
    [InlineData(Llama + "LlamaMLP[mlp]/Linear[up_proj]/NNCFUserSelfLinear[self_linear]/linear_0",
        "model.layers.3.mlp.up_proj", AdapterPart.Base)]
    [InlineData(Llama + "LlamaMLP[mlp]/NNCFLinear[gate_proj]/linear_0",
        "model.layers.3.mlp.gate_proj", AdapterPart.Base)]
    [InlineData(
        "PeftModelForCausalLM/LoraModel[base_model]/BloomForCausalLM[model]/BloomModel[transformer]/ModuleList[h]"
        + "/BloomBlock[0]/BloomMLP[mlp]/Linear[dense_h_to_4h]/NNCFUserSelfLinear[self_linear]/linear_0",
        "transformer.h.0.mlp.dense_h_to_4h", AdapterPart.Base)]
    [InlineData("PeftModelForSequenceClassification/LoraModel[base_model]/BertForSequenceClassification[model]"
        + "/BertModel[bert]/BertEncoder[encoder]/ModuleList[layer]/BertLayer[11]/BertAttention[attention]"
        + "/BertSelfAttention[self]/NNCFLinear[key]/linear_0",
        "bert.encoder.layer.11.attention.self.key", AdapterPart.Base)]
    [InlineData("LlamaForCausalLM/LlamaModel[model]/ModuleList[layers]/LlamaDecoderLayer[0]/LlamaMLP[mlp]"
        + "/NNCFLinear[gate_proj]/linear_0",
        "model.layers.0.mlp.gate_proj", AdapterPart.Base)]
    public void Parse_Scope_NamesModuleAndPart(string scope, string path, AdapterPart part) =>
        Assert.Equal(new GroupMember(path, part), NodeScope.Parse(scope, out _));

    [Theory]
    [InlineData("")]
    [InlineData("model.layers.0.mlp.gate_proj")]
    [InlineData("Root/NNCFLinear[gate_proj]")]
    [InlineData("Root/NNCFLinear[gate_proj/linear_0")]
    [InlineData("Root/LlamaRMSNorm[norm]/linear_0")]
    [InlineData("Root/NNCFLinear[gate_proj]/matmul_0")]
    public void Parse_NoScope_SaysWhatIsExpected(string scope)
    {
        Assert.Null(NodeScope.Parse(scope, out var problem));
        Assert.Contains($"'{scope}'", problem, StringComparison.Ordinal);
    }
}
