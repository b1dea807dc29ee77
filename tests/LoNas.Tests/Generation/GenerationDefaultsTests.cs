using LoNas.Generation;
using LoNas.Tests.Support;

namespace LoNas.Tests.Generation;

/// <summary>What generation_config.json says of how answers are generated.</summary>
public sealed class GenerationDefaultsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Load_Values_AreTaken()
    {
        var read = Load("""
            {"do_sample": true, "temperature": 0.6, "top_k": 20, "top_p": 0.95, "max_new_tokens": 2048,
             "repetition_penalty": 1.05, "typical_p": 1.0, "num_beams": 1, "bad_words_ids": [[5]],
             "suppress_tokens": [], "min_p": null, "eos_token_id": [1, 2], "transformers_version": "4.51.0"}
            """);

        Assert.Equal(
            (true, 0.6, 20, 0.95, 2048),
            (read.DoSample, read.Temperature, read.TopK, read.TopP, read.MaxNewTokens));
        Assert.Equal(["repetition_penalty 1.05", "bad_words_ids [[5]]"], read.NotFollowed);
    }

    [Fact]
    public void Load_NoFile_SaysNothing() =>
        Assert.Equal(new GenerationDefaults(), GenerationDefaults.Load(_folder.Root));

    [Theory]
    [InlineData("{\"temperature\": \"warm\", \"top_k\": -1, \"top_p\": 0, \"max_new_tokens\": 0.5, \"do_sample\": 1}",
        "'do_sample' is 1; expected true or false", "'temperature' is \"warm\"; expected a number of 0 or more",
        "'top_k' is -1; expected a whole number of 0 or more", "'top_p' is 0; expected a number above 0 and at most 1",
        "'max_new_tokens' is 0.5; expected a whole number of 1 or more")]
    [InlineData("{\"do_sample\": true, \"temperature\": 0}", "'temperature' is 0 and 'do_sample' true")]
    [InlineData("[1]", "holds a JSON Array; expected an object")]
    public void Load_ValuesThatCannotBe_AreAllNamed(string json, params string[] expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => Load(json));

        Assert.All(expected, text => Assert.Contains(text, error.Message, StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    private GenerationDefaults Load(string json)
    {
        File.WriteAllText(_folder.Path("generation_config.json"), json);
        return GenerationDefaults.Load(_folder.Root);
    }
}
