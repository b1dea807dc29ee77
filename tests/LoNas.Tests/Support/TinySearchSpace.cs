using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Storage;

namespace LoNas.Tests.Support;

/// <summary>The small configuration of Fixtures/nncf_llama_tiny.json and the shapes of the model it fits.</summary>
internal static class TinySearchSpace
{
    public static string File { get; } = Repository.Fixture("nncf_llama_tiny.json");

    public static Dictionary<string, LinearShape> Linears() =>
        ModelLinears.Llama(2, 64, 176, 320, 8, "q_proj", "k_proj", "v_proj", "up_proj", "gate_proj", "down_proj");

    public static SearchSpace Bind() => NncfConfiguration.Load(File).Bind(Linears());

    /// <summary>The configuration after edits of its text, each of which must change something.</summary>
    public static NncfConfiguration Parse(params (string Old, string New)[] edits)
    {
        string text = System.IO.File.ReadAllText(File);
        foreach (var (old, replacement) in edits)
        {
            Assert.Contains(old, text, StringComparison.Ordinal);
            text = text.Replace(old, replacement, StringComparison.Ordinal);
        }

        return NncfConfiguration.Parse(JsonInput.Parse(text, "test"), "test");
    }
}
