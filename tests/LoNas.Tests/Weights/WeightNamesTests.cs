using LoNas.Weights;

namespace LoNas.Tests.Weights;

public sealed class WeightNamesTests
{
    [Theory]
    [InlineData("model.norm.weight", "model.norm.weight")]
    [InlineData("model.norm.weight", "norm.weight")]
    [InlineData("bert.pooler.dense.bias", "pooler.dense.bias")]
    [InlineData("transformer.h.0.mlp.bias", "h.0.mlp.bias")]
    [InlineData("word_embeddings.weight", "transformer.word_embeddings.weight")]
    public void Find_WithOrWithoutBody_GivesStoredSpelling(string asked, string stored) =>
        Assert.Equal(stored, WeightNames.Find(asked, name => name == stored));

    [Theory]
    [InlineData("model.norm.weight", "transformer.norm.weight")]
    [InlineData("lm_head.weight", "head.weight")]
    public void Find_OtherName_GivesNull(string asked, string stored) =>
        Assert.Null(WeightNames.Find(asked, name => name == stored));

    [Fact]
    public void Find_BothSpellings_PrefersTheAskedOne() =>
        Assert.Equal("model.norm.weight", WeightNames.Find("model.norm.weight", _ => true));
}
