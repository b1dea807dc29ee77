using LoNas.Elastic;
using LoNas.Models;
using LoNas.Storage;
using LoNas.Tests.Support;

namespace LoNas.Tests.Models;

public sealed class LinearLayoutTests
{
    /// <summary>
    /// Parameter counts as the models' own publications and Transformers' num_parameters() give them.
    /// </summary>
    [Theory]
    [InlineData(PublishedConfigs.Llama7b, 6_738_415_616)]
    [InlineData(PublishedConfigs.Llama13b, 13_015_864_320)]
    [InlineData(PublishedConfigs.Bloomz7b, 7_069_016_064)]
    [InlineData(PublishedConfigs.BertBase, 109_482_240 + (768 * 2) + 2)]
    public void Read_PublishedConfig_HasThePublishedParameters(string json, long parameters)
    {
        var layout = PublishedConfigs.Layout(json);
        Assert.Equal(
            parameters, CostModel.Of(layout.Config, AdaptedLinears.Of(layout, null), 1).Full().TotalParameters);
    }

    [Theory]
    [InlineData("llama-tiny", "q_proj", "down_proj")]
    [InlineData("llama-gqa-tiny", "q_proj", "down_proj")]
    [InlineData("mistral-tiny", "k_proj", "up_proj")]
    [InlineData("qwen2-tiny", "q_proj", "o_proj")]
    [InlineData("bloom-tiny", "query_key_value", "dense_4h_to_h")]
    public void Load_TinyModel_EqualsTheBuiltOne(string name, params string[] targets)
    {
        var lora = new LoraOptions { Rank = 4, TargetModules = targets };
        var (model, adapter) = TinyModels.LoadCausal(name, lora);
        using (model)
        using (adapter)
        {
            AssertEqual(name, lora, adapter, model.Parameters);
        }
    }

    [Fact]
    public void Load_TinyBert_EqualsTheBuiltOne()
    {
        var lora = new LoraOptions { Rank = 4, TargetModules = ["query", "value"] };
        var (model, adapter) = TinyModels.LoadClassifier("bert-tiny", lora);
        using (model)
        using (adapter)
        {
            AssertEqual("bert-tiny", lora, adapter, model.Parameters);
        }
    }

    private static void AssertEqual(
        string name, LoraOptions lora, SuperAdapter adapter, IEnumerable<TorchSharp.Modules.Parameter> parameters)
    {
        var layout = LinearLayout.Load(Repository.Fixture(name));
        var linears = AdaptedLinears.Of(layout, lora);

        Assert.Equal(adapter.Shapes, linears.Where(linear => adapter.Shapes.ContainsKey(linear.Key)).ToDictionary());
        Assert.Equal(
            layout.Config.TieWordEmbeddings ? [LinearLayout.LanguageHead] : [],
            linears.Keys.Except(adapter.Shapes.Keys));
        Assert.Equal(
            parameters.Sum(parameter => parameter.numel()),
            CostModel.Of(layout.Config, linears, 1).Full().TotalParameters);
    }

    [Fact]
    public void Read_TiedHead_CountsAsWorkButNotAsParameters()
    {
        var tied = PublishedConfigs.Layout(
            PublishedConfigs.Llama7b.Replace("32000", "32000, \"tie_word_embeddings\": true"));
        var cost = CostModel.Of(tied.Config, AdaptedLinears.Of(tied, null), 1).Full();

        Assert.Equal(6_738_415_616 - (32000 * 4096), cost.TotalParameters);
        Assert.Equal(6_738_415_616 - (32000 * 4096) - (65 * 4096), cost.Weights);
    }

    [Fact]
    public void Read_Bloom_TakesEitherNames()
    {
        var other = PublishedConfigs.Bloomz7b
            .Replace("n_embed", "hidden_size").Replace("n_layer", "num_hidden_layers")
            .Replace("num_attention_heads", "n_head");
        Assert.Equal(
            PublishedConfigs.Layout(PublishedConfigs.Bloomz7b).Linears, PublishedConfigs.Layout(other).Linears);
    }

    [Fact]
    public void Read_BertLabels_SetTheClassifier()
    {
        var json = PublishedConfigs.BertBase.Replace(
            "\"bert\"", "\"bert\", \"id2label\": {\"0\": \"a\", \"1\": \"b\", \"2\": \"c\"}");
        Assert.Equal(3, PublishedConfigs.Layout(json).Linears.Single(linear => linear.Path == "classifier").Out);
    }

    [Fact]
    public void Read_WrongKeys_NamesAllOfThem()
    {
        var json = JsonInput.Parse("""{"model_type": "bert", "hidden_size": "wide", "num_hidden_layers": 0}""", "test");
        var error = Assert.Throws<InvalidDataException>(() => LinearLayout.Read(json, "model configuration 'x'"));

        Assert.Contains("model configuration 'x'", error.Message);
        Assert.Contains("hidden_size is \"wide\"", error.Message);
        Assert.Contains("num_hidden_layers is 0", error.Message);
        Assert.Contains("intermediate_size is missing", error.Message);
    }

    [Fact]
    public void Read_OtherFamily_NamesWhatIsSupported()
    {
        var json = JsonInput.Parse("""{"model_type": "gpt2"}""", "test");
        var error = Assert.Throws<InvalidDataException>(() => LinearLayout.Read(json, "test"));
        Assert.Contains("'gpt2'; supported are llama, mistral, qwen2, qwen3, ", error.Message);
        Assert.Contains(", gpt_neox, bloom, bert, distilbert, roberta", error.Message);
    }
}
