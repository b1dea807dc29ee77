using System.Text.Json.Nodes;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using static TorchSharp.torch;

namespace LoNas.Tests.FieldCases;

/// <summary>Adapters with numbers that are not finite: every command names them, and writes nothing.</summary>
public sealed class NotFiniteAdapterTests : IDisposable
{
    private const string Model = "llama-tiny";

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string[]> Commands => new()
    {
        { "nan", ["generate", "--prompt", "hi", "--max_new_tokens", "3"] },
        { "nan", ["evaluate", "--tasks", "mawps", "--datasets_dir", "DATA", "--output_dir", "OUT"] },
        { "nan", ["search", "--dataset_path", "TRAIN", "--val_set_size", "4", "--output_dir", "OUT"] },
        { "nan", ["extract", "--sub_adapter", "minimal", "--output_dir", "OUT"] },
        { "nan", ["export", "--to", "peft", "--sub_adapter", "maximal", "--output", "OUT"] },
        { "nan", ["export", "--to", "gguf", "--output", "OUT"] },
        { "nan", ["export", "--to", "gguf-lora", "--sub_adapter", "maximal", "--output", "OUT"] },
        { "nan", ["merge", "--output_dir", "OUT"] },
        { "nan", ["run-math", "--lora", "--do_test", "--datasets_dir", "DATA", "--output_dir", "OUT"] },
        { "nan", ["run-math", "--lora", "--do_train", "--dataset_path", "TRAIN", "--output_dir", "OUT"] },
        { "alpha1e308", ["extract", "--sub_adapter", "minimal", "--output_dir", "OUT"] },
        { "alpha1e308", ["generate", "--prompt", "hi", "--max_new_tokens", "3"] },
        { "alpha1e308", ["export", "--to", "peft", "--sub_adapter", "maximal", "--output", "OUT"] },
    };

    /// <summary>Kinds of files with such numbers; each makes the second half of a pair.</summary>
    public static TheoryData<string> Kinds =>
    [
        "nan first", "nan last", "infinite", "minus infinite", "all nan", "float64 beyond float32", "float16 infinite",
        "bfloat16 nan", "nan in .bin", "nan in a head of its own",
    ];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public void Run_SharedAdapter_NamesItAndWritesNothing(string adapter, string[] line)
    {
        var weights = SharedData.Path("field-cases", "adapter-nan", adapter);
        using var sample = new SampleRun(trainingRecords: 16);
        var before = sample.Listing();

        var run = CliRun.Of(
        [
            .. line.Select(part => part switch
            {
                "OUT" => sample.Output,
                "DATA" => sample.Datasets,
                "TRAIN" => sample.Dataset,
                _ => part,
            }),
            "--model_name_or_path", SharedData.Path("models", "stories260K"), "--lora_weights", weights,
            "--threads", "1",
        ]);

        Assert.Contains(
            adapter == "nan" ? $"{weights}/adapter_model.safetensors" : $"{weights}/adapter_config.json", run.Error);
        Assert.Contains(
            adapter == "nan" ? "layers.0.self_attn.q_proj.lora_A.weight (1);" : "lora_alpha 1E+308", run.Error);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(before, sample.Listing());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Generate_OtherKinds_NameTheTensor(string kind)
    {
        using var scope = NewDisposeScope();
        var files = new AdapterFiles(Model, _folder);
        var tensors = files.Pairs("self_attn.q_proj").ToList();
        bool isHead = kind.Contains("head");
        if (isHead)
        {
            tensors.Add(("lm_head.weight", files.Of("lm_head.weight")));
        }

        var (name, tensor) = tensors[^1];
        tensors[^1] = (name, Damaged(tensor, kind));

        var error = Greedy.Error(
            files.Base, "--lora_weights", files.Adapter("q_proj", tensors, isTorch: kind.Contains(".bin")));

        ErrorTable.Require("adapter with numbers that are not finite", 2, error);
        Assert.Contains($"in 1 tensor: base_model.model.{name} ({(kind == "all nan" ? tensor.numel() : 1)});", error);
    }

    [Theory]
    [InlineData("1e308", "lora_alpha 1E+308 with the rank 4 makes the scaling 2.5E+307")]
    [InlineData("-1e308", "lora_alpha -1E+308 with the rank 4 makes the scaling -2.5E+307")]
    [InlineData("1e39", "lora_alpha 1E+39 with the rank 4 makes the scaling 2.5E+38", true)]
    [InlineData("1e40", "lora_alpha 1E+40 with the rank 4 makes the scaling 2.5E+39")]
    [InlineData("1e-60", "lora_alpha 1E-60 with the rank 4 makes the scaling 2.5E-61")]
    [InlineData("1e400", "has 1e400 in 'lora_alpha'; expected a finite number")]
    [InlineData("NaN", "has NaN in 'lora_alpha'; expected a finite number")]
    [InlineData("0", "", true)]
    public void Generate_Alpha_MustMakeAScalingOfFloat32(string alpha, string expected, bool isRight = false)
    {
        using var scope = NewDisposeScope();
        var files = new AdapterFiles(Model, _folder);
        var zeros = files.Pairs("self_attn.q_proj").Select(pair => (pair.Item1, pair.Item2 * 0)).ToArray();
        var adapter = files.Adapter("q_proj", zeros);
        var config = Path.Combine(adapter, "adapter_config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"lora_alpha\": 8", $"\"lora_alpha\": {alpha}"));

        if (isRight)
        {
            Assert.Equal(4, Greedy.Ids(files.Base, [1, 2], 2, "--lora_weights", adapter).Length);
            return;
        }

        var error = Greedy.Error(files.Base, "--lora_weights", adapter);
        Assert.Contains(expected, error);
        Assert.Contains(config, error);
    }

    [Fact]
    public void Generate_AlphaPattern_IsLookedAtToo()
    {
        using var scope = NewDisposeScope();
        var files = new AdapterFiles(Model, _folder);
        var adapter = files.Adapter(
            "q_proj", files.Pairs("self_attn.q_proj"),
            json => json["alpha_pattern"] = new JsonObject { ["q_proj"] = 1e300 });

        ErrorTable.Require("scaling of an adapter", 2, Greedy.Error(files.Base, "--lora_weights", adapter));
    }

    [Fact]
    public void Train_NewAdapterWithSuchAnAlpha_IsRefused() =>
        Assert.Contains("--lora_alpha is 1E+300: its scaling", CliRun.RunMathError(
            "--do_train", "--lora", "--lora_alpha", "1e300", "--model_name_or_path", "m", "--dataset_path", "d",
            "--output_dir", "o"));

    [Fact]
    public void Merge_SumThatFloat16DoesNotHold_IsRefused()
    {
        using var scope = NewDisposeScope();
        var files = new AdapterFiles(Model, _folder);
        var large = files.Pairs("self_attn.q_proj").Select(pair => (pair.Item1, pair.Item2 * 0 + 1000)).ToArray();
        var output = _folder.Path("merged");

        var run = CliRun.Of(
            "merge", "--model_name_or_path", files.Base, "--lora_weights", files.Adapter("q_proj", large),
            "--output_dir", output, "--dtype", "float16", "--no_verify", "--threads", "1");

        ErrorTable.Require("merged weights beyond their type", run.ExitCode, run.Error);
        Assert.False(Directory.Exists(output));
    }

    private static Tensor Damaged(Tensor tensor, string kind)
    {
        var type = kind.StartsWith("float64", StringComparison.Ordinal) ? ScalarType.Float64
            : kind.StartsWith("float16", StringComparison.Ordinal) ? ScalarType.Float16
            : kind.StartsWith("bfloat16", StringComparison.Ordinal) ? ScalarType.BFloat16
            : ScalarType.Float32;
        var damaged = tensor.to(type).clone();
        double value = kind.Contains("nan") ? double.NaN
            : kind.Contains("float64") ? 1e300
            : kind.Contains("minus") ? double.NegativeInfinity : double.PositiveInfinity;
        if (kind == "all nan")
        {
            return damaged.fill_(value);
        }

        damaged.view(-1)[kind.Contains("last") ? ^1 : 0] = Scalar(value, type);
        return damaged;
    }

    private static Tensor Scalar(double value, ScalarType type) => tensor(value).to(type);
}
