using LoNas.Hub;

namespace LoNas.Tests.Hub;

public sealed class HubSettingsTests
{
    [Fact]
    public void FromEnvironment_Nothing_IsTheUsualPlace()
    {
        var settings = Read();
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

        Assert.Equal(Path.Combine(home, ".cache", "huggingface", "hub"), settings.CacheFolder);
        Assert.Equal(
            (new Uri("https://huggingface.co"), null, false), (settings.Endpoint, settings.Token, settings.Offline));
    }

    [Fact]
    public void FromEnvironment_Home_HoldsTheCacheUnlessItIsNamed()
    {
        Assert.Equal("/data/hub", Read(("HF_HOME", "/data")).CacheFolder);
        Assert.Equal("/cache", Read(("HF_HOME", "/data"), ("HF_HUB_CACHE", "/cache")).CacheFolder);
        Assert.Equal("/xdg/huggingface/hub", Read(("XDG_CACHE_HOME", "/xdg")).CacheFolder);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("0", false)]
    [InlineData("", false)]
    public void FromEnvironment_Offline_IsAFlag(string value, bool expected) =>
        Assert.Equal(expected, Read(("HF_HUB_OFFLINE", value)).Offline);

    [Fact]
    public void FromEnvironment_EndpointAndToken_AreTaken()
    {
        var settings = Read(("HF_ENDPOINT", "http://localhost:8080/"), ("HF_TOKEN", " t "));
        Assert.Equal((new Uri("http://localhost:8080"), "t"), (settings.Endpoint, settings.Token));
    }

    [Fact]
    public void FromEnvironment_NoAddress_IsAnError()
    {
        var error = Assert.Throws<ArgumentException>(() => Read(("HF_ENDPOINT", "ftp://x")));
        Assert.Contains("HF_ENDPOINT is 'ftp://x'", error.Message);
    }

    private static HubSettings Read(params (string Name, string Value)[] variables) =>
        HubSettings.FromEnvironment(name => variables.FirstOrDefault(variable => variable.Name == name).Value);
}
