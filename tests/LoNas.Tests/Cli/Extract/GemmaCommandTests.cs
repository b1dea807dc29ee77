using LoNas.Models;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Cli.Extract;

/// <summary>Gemma's generations through the commands, from a configuration to a model that was cut.</summary>
public sealed class GemmaCommandTests : IDisposable
{
    private const string Ids = "5,17,9,31,8,22,40,11,5,17,9,31,8,22,40,11,3,4,6";

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => ["gemma-tiny", "gemma2-tiny", "gemma3-tiny"];

    private string Configuration => _folder.Path("nncf.json");

    [Theory]
    [InlineData("gemma-tiny", "GemmaForCausalLM[model]/GemmaModel[model]/ModuleList[layers]/GemmaDecoderLayer[0]")]
    [InlineData("gemma2-tiny", "Gemma2Model[model]/ModuleList[layers]/Gemma2DecoderLayer[0]/Gemma2MLP[mlp]")]
    [InlineData("gemma3-tiny", "Gemma3TextModel[model]/ModuleList[layers]/Gemma3DecoderLayer[0]/Gemma3Attention")]
    public void MakeConfig_EachPreset_HasTheNamesOfTransformersAndIsBound(string name, string scope)
    {
        foreach (var preset in new[] { "math", "commonsense" })
        {
            Make(name, preset);
            Assert.Contains(scope, File.ReadAllText(Configuration), StringComparison.Ordinal);
            var inspected = Ran(
                "inspect", "--json", "--nncf_config", Configuration, "--lora_r", "8", "--model_name_or_path", Model(name));
            // Of 4 layers: ranks of attention and MLP, and the width.
            Assert.Equal(12, JsonInput.Parse(inspected.Output, "test").GetProperty("groups").GetInt32());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Extract_HeuristicMinimalAndPadded_GiveTheMaskedModelsTokens(string name)
    {
        Make(name, "math");
        foreach (var (choice, more) in new (string, string[])[] { ("heuristic", []), ("minimal", ["--pad_to_uniform"]) })
        {
            var output = _folder.Path($"{choice}");
            string[] masked = [.. Adapted(name), "--nncf_config", Configuration, "--sub_adapter", choice];

            var run = Ran(
                ["extract", .. masked, "--output_dir", output, "--json", "--threads", "1", .. more]);

            Assert.InRange(
                JsonInput.Parse(run.Output, "test").GetProperty("relative_logit_difference").GetDouble(), 0, 1e-5);
            Assert.Equal(Generated([.. masked]), Generated("--model_name_or_path", output));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Merge_RecordedAdapter_GivesTheAdaptedModelsTokens(string name)
    {
        Ran(["merge", .. Adapted(name), "--output_dir", _folder.Path("merged")]);

        Assert.Equal(Generated(Adapted(name)), Generated("--model_name_or_path", _folder.Path("merged")));
    }

    /// <summary>As releases before 4.52 and later ones name the parts of a whole model.</summary>
    [Theory]
    [InlineData("language_model.model.", "vision_tower.", "multi_modal_projector.")]
    [InlineData("model.language_model.", "model.vision_tower.", "model.multi_modal_projector.")]
    public void Generate_WholeGemma3_ReadsItsTextPartAndSaysWhatItLeavesOut(
        string text, string vision, string projector)
    {
        var whole = Whole(text, vision, projector);

        var run = Ran([.. GenerateLine("--model_name_or_path", whole)]);

        Assert.Equal(Generated("--model_name_or_path", Model("gemma3-tiny")), run.Output);
        Assert.Contains(
            "have 2 tensors of vision_tower and multi_modal_projector, which read no text: they are left out",
            string.Join(' ', run.Error.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Extract_WholeGemma3_WritesItsTextPartAsAModelOfItsOwn()
    {
        var whole = Whole("model.language_model.", "model.vision_tower.", "model.multi_modal_projector.");
        Make("gemma3-tiny", "math");
        string[] masked =
        [
            "--model_name_or_path", whole, "--lora_weights", new ModernModel("gemma3-tiny").AdapterFolder,
            "--nncf_config", Configuration, "--sub_adapter", "heuristic",
        ];

        Ran(["extract", .. masked, "--output_dir", _folder.Path("small")]);

        var config = JsonInput.Load(_folder.Path("small", "config.json"), "test");
        Assert.Equal("gemma3_text", config.GetProperty("model_type").GetString());
        Assert.Equal("Gemma3ForCausalLM", config.GetProperty("architectures")[0].GetString());
        Assert.False(config.TryGetProperty("vision_config", out _));
        using var file = SafetensorsFile.Open(_folder.Path("small", "model.safetensors"));
        Assert.All(file.Names, name => Assert.StartsWith("model.", name));
        Assert.DoesNotContain(file.Names, name => name.Contains("vision") || name.Contains("language_model"));
        Assert.Equal(Generated(masked), Generated("--model_name_or_path", _folder.Path("small")));
    }

    [Theory]
    [InlineData("gemma-tiny", ScalarType.BFloat16)]
    [InlineData("gemma2-tiny", ScalarType.BFloat16)]
    [InlineData("gemma3-tiny", ScalarType.BFloat16)]
    [InlineData("gemma-tiny", ScalarType.Float16)]
    [InlineData("gemma2-tiny", ScalarType.Float16)]
    [InlineData("gemma3-tiny", ScalarType.Float16)]
    public void HiddenStates_HalfPrecision_StaysNearFloat32(string name, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var file = new ModernModel(name).Recorded();
        var mask = file.Load("attention_mask").to(ScalarType.Bool);
        var (model, _) = TinyModels.LoadCausal(Model(name), dtype: type);

        var logits = model.Logits(model.HiddenStates(file.Load("input_ids"), mask));

        Assert.Equal(type, logits.dtype);
        var real = mask.unsqueeze(-1);
        Close.Recorded(
            $"{name} logits, computed in {(type == ScalarType.Float16 ? "float16" : "bfloat16")}",
            file.Load("logits") * real, logits * real, 3e-1);
    }

    public void Dispose() => _folder.Dispose();

    private static string Model(string name) => new ModernModel(name).Folder;

    private static string[] Adapted(string name) =>
        ["--model_name_or_path", Model(name), "--lora_weights", new ModernModel(name).AdapterFolder];

    private static string[] GenerateLine(params string[] model) =>
        ["generate", .. model, "--input_ids", Ids, "--max_new_tokens", "12", "--num_beams", "1", "--threads", "1"];

    private static string Generated(params string[] model) => Ran(GenerateLine(model)).Output;

    private static CliRun Ran(params string[] line)
    {
        var run = CliRun.Of(line);
        Assert.True(run.ExitCode == 0, $"{string.Join(' ', line)}: {run.Error}");
        return run;
    }

    private void Make(string name, string preset) => File.WriteAllText(
        Configuration,
        // The recorded adapter's rank.
        Ran("make-config", "--model_name_or_path", Model(name), "--preset", preset, "--ranks", "8,6,4").Output);

    private string Whole(string text, string vision, string projector)
    {
        using var scope = NewDisposeScope();
        var folder = Directory.CreateDirectory(_folder.Path("whole")).FullName;
        var config = JsonInput.Load(Path.Combine(Model("gemma3-tiny"), "config.json"), "test").GetRawText();
        File.WriteAllText(
            Path.Combine(folder, "config.json"),
            $$"""
            {"model_type": "gemma3", "architectures": ["Gemma3ForConditionalGeneration"], "eos_token_id": [2],
             "dtype": "float32", "text_config": {{config}}, "vision_config": {"num_hidden_layers": 27} }
            """);
        using var file = SafetensorsFile.Open(Path.Combine(Model("gemma3-tiny"), "model.safetensors"));
        SafetensorsWriter.Save(Path.Combine(folder, "model.safetensors"),
        [
            .. file.Names.Select(name => (name.Replace("model.", text, StringComparison.Ordinal), file.Load(name))),
            ($"{vision}vision_model.encoder.layers.26.mlp.fc1.weight", ones(4, 4)),
            ($"{projector}mm_input_projection_weight", ones(4, 64)),
        ]);
        return folder;
    }
}
