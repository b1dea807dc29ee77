using LoNas.Hub;

namespace LoNas.Tests.Hub;

public sealed class HubNameTests
{
    [Theory]
    [InlineData("yahma/llama-7b-hf", "models--yahma--llama-7b-hf")]
    [InlineData("bigscience/bloomz-7b1", "models--bigscience--bloomz-7b1")]
    [InlineData("a/b_c.d", "models--a--b_c.d")]
    public void Parse_Name_HasItsCacheFolder(string text, string folder)
    {
        Assert.Equal(folder, HubName.Parse(text)!.CacheFolder);
        Assert.Equal(text, $"{HubName.Parse(text)}");
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("./llama")]
    [InlineData("../llama")]
    [InlineData("/llama")]
    [InlineData("~/llama")]
    [InlineData("models/yahma/llama")]
    [InlineData("models/")]
    [InlineData("llama/config.json")]
    [InlineData("a--b/c")]
    [InlineData("a/b..c")]
    [InlineData("a b/c")]
    [InlineData("C:\\models/llama")]
    [InlineData("")]
    public void Parse_Path_IsNoName(string text) => Assert.Null(HubName.Parse(text));
}
