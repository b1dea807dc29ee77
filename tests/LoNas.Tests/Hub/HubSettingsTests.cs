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

    [Theory]
    [InlineData("TRANSFORMERS_CACHE", "HF_HUB_CACHE")]
    [InlineData("TRANSFORMERS_CACHE", "HUGGINGFACE_HUB_CACHE")]
    [InlineData("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")]
    [InlineData("HUGGINGFACE_HUB_CACHE", "PYTORCH_TRANSFORMERS_CACHE")]
    [InlineData("PYTORCH_TRANSFORMERS_CACHE", "PYTORCH_PRETRAINED_BERT_CACHE")]
    [InlineData("PYTORCH_PRETRAINED_BERT_CACHE", "HF_HOME")]
    public void FromEnvironment_SeveralCaches_TakesTransformersFirst(string first, string second)
    {
        var settings = Read((second, "/second"), (first, "/first"));

        Assert.Equal(("/first", first), (settings.CacheFolder, settings.CacheVariable));
        Assert.Equal(second, Read((second, "/second"), (first, " ")).CacheVariable);
    }

    [Theory]
    [InlineData("TRANSFORMERS_OFFLINE", "1", true)]
    [InlineData("TRANSFORMERS_OFFLINE", "yes", true)]
    [InlineData("TRANSFORMERS_OFFLINE", "ON", true)]
    [InlineData("TRANSFORMERS_OFFLINE", "no", false)]
    [InlineData("TRANSFORMERS_OFFLINE", "2", false)]
    [InlineData("HF_HUB_OFFLINE", "yes", true)]
    public void FromEnvironment_OfflineByEitherName_SaysWhich(string variable, string value, bool expected)
    {
        var settings = Read((variable, value));

        Assert.Equal((expected, expected ? variable : null), (settings.Offline, settings.OfflineVariable));
    }

    [Fact]
    public void FromEnvironment_NamesOfTransformers431_AreTaken()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var settings = Read(
            ("HUGGING_FACE_HUB_TOKEN", "t"), ("HUGGINGFACE_CO_RESOLVE_ENDPOINT", "http://mirror"),
            ("TRANSFORMERS_CACHE", "~/models"));

        Assert.Equal(
            ("t", new Uri("http://mirror"), Path.Combine(home, "models")),
            (settings.Token, settings.Endpoint, settings.CacheFolder));
        Assert.Equal("new", Read(("HUGGING_FACE_HUB_TOKEN", "t"), ("HF_TOKEN", "new")).Token);
    }

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
