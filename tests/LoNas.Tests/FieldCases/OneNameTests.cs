using System.Text.Json.Nodes;
using LoNas.Bench.Generate;
using LoNas.Bench.Train;
using LoNas.Cli.Extract;
using LoNas.Cli.Flags;
using LoNas.Cli.Inspect;
using LoNas.Cli.Train;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using static TorchSharp.torch;

namespace LoNas.Tests.FieldCases;

/// <summary>One name for one thing in all commands; the others are taken, and say the same.</summary>
public sealed class OneNameTests
{
    private static readonly string[] Dry = ["--model_name_or_path", "m", "--dry_run"];

    [Theory]
    [InlineData("--dtype f32", ScalarType.Float32)]
    [InlineData("--dtype float32", ScalarType.Float32)]
    [InlineData("--dtype f16", ScalarType.Float16)]
    [InlineData("--dtype FP16", ScalarType.Float16)]
    [InlineData("--dtype=bf16", ScalarType.BFloat16)]
    [InlineData("--dtype bfloat16", ScalarType.BFloat16)]
    [InlineData("--dtype bf16 --bf16", ScalarType.BFloat16)]
    [InlineData("--dtype bf16 --fp16 False", ScalarType.BFloat16)]
    [InlineData("--bf16", ScalarType.BFloat16)]
    [InlineData("--fp16 True", ScalarType.Float16)]
    [InlineData("--dtype None", null)]
    [InlineData("--dtype None --fp16", ScalarType.Float16)]
    [InlineData("--bf16 False", null)]
    public void RunMath_TypeUnderAnyName_IsThatType(string line, ScalarType? expected)
    {
        Assert.Equal(expected, CliRun.RunMath([.. Dry, .. line.Split(' ')]).Model.ElementType);
        Assert.Equal(expected,
            CliRun.Generate(["--model_name_or_path", "m", "--prompt", "a", .. line.Split(' ')]).Model.ElementType);
    }

    [Theory]
    [InlineData("--dtype f32 --bf16 True", "--dtype f32 and --bf16 contradict each other; give one")]
    [InlineData("--dtype f16 --bf16", "--dtype f16 and --bf16 contradict each other; give one")]
    [InlineData("--dtype bf16 --fp16", "--dtype bf16 and --fp16 contradict each other; give one")]
    [InlineData("--dtype f64", "--dtype is 'f64'; allowed: float32, f32, fp32, float16, f16, fp16, bfloat16, bf16")]
    [InlineData("--dtype", "--dtype needs a value: --dtype f32|f16|bf16")]
    public void RunMath_TypesThatContradict_AreRefused(string line, string message) =>
        Assert.Equal($"error: {message}\n", CliRun.RunMathError([.. Dry, .. line.Split(' ')]));

    /// <summary>An earlier run is told by bf16 and fp16, and is the same run under the other name.</summary>
    [Fact]
    public void RunIdentity_TypeUnderEitherName_IsTheSame()
    {
        var switched = Identity("--bf16");
        var plain = Identity();

        Assert.Equal(switched.ToJsonString(), Identity("--dtype", "bf16").ToJsonString());
        Assert.Equal(Identity("--fp16").ToJsonString(), Identity("--dtype", "f16").ToJsonString());
        Assert.Equal((true, false), ((bool)switched["bf16"]!, (bool)switched["fp16"]!));
        Assert.Equal((false, false), ((bool)plain["bf16"]!, (bool)plain["fp16"]!));
        Assert.DoesNotContain(new[] { switched, plain }, identity => identity.ContainsKey("dtype"));
        Assert.Equal(
            ["dtype was none and is \"float32\""],
            RunIdentity.Differences(plain, Identity("--dtype", "f32"), RunIdentity.IsOfRun));
    }

    [Fact]
    public void Run_RepeatedUnderTheOtherName_IsFinishedEarlier()
    {
        using var sample = new SampleRun(trainingRecords: 8);
        Assert.Equal(0, SampleRun.Run(sample.Training(("bf16", "True"))).ExitCode);
        var before = sample.AdapterBytes();

        var again = SampleRun.Run(sample.Training(("dtype", "bf16")));
        var wide = SampleRun.Run(sample.Training(("dtype", "f32")));

        Assert.Equal(0, again.ExitCode);
        Assert.Contains("finished earlier", again.Output, StringComparison.Ordinal);
        Assert.Equal(2, wide.ExitCode);
        Assert.Contains("dtype was none and is \"float32\"", wide.Error, StringComparison.Ordinal);
        Assert.Equal(before, sample.AdapterBytes());
    }

    [Theory]
    [InlineData("f32", "base in float32")]
    [InlineData("bf16", "base in bfloat16")]
    public void DryRun_Type_IsTheBases(string type, string shown)
    {
        using var sample = new SampleRun(trainingRecords: 8);

        var run = SampleRun.Run(sample.Training(("dtype", type), ("dry_run", "True")));

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(shown, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_OtherNames_SetTheSame()
    {
        Assert.Equal("limit", Assert.Single(RunOptions.Table.Find("max_test_samples")!.OtherNames));
        Assert.Equal(5, CliRun.RunMath([.. Dry, "--limit", "5"]).Data.MaxTestSamples);
        Assert.All(
            [ExtractOptions.Table.Find("output")?.Name, MergeOptions.Table.Find("output")?.Name,
                RunOptions.Table.Find("output")?.Name, SearchCommandTable.Table.Find("output")?.Name],
            name => Assert.Equal("output_dir", name));
        Assert.All(
            [ExportOptions.Table.Find("output_dir")?.Name, MakeConfigOptions.Table.Find("output_dir")?.Name],
            name => Assert.Equal("output", name));
        Assert.Equal("epochs", MakeConfigOptions.Table.Find("num_train_epochs")?.Name);
        Assert.Equal("init_lr", MakeConfigOptions.Table.Find("learning_rate")?.Name);
        Assert.Equal("batch", BenchTrainOptions.Table.Find("per_device_train_batch_size")?.Name);
        Assert.Equal("nncf_ratios", BenchTrainOptions.Table.Find("mlp_ratios")?.Name);
    }

    /// <summary>Every name of a type is taken wherever one is.</summary>
    [Fact]
    public void Benchmarks_TypesUnderAnyName_AreTaken()
    {
        var several = BenchGenerateOptions.Table.Find("dtypes")!;

        var options = several.Apply(new BenchGenerateOptions(), "f32,bf16,float16");

        Assert.Equal(["float32", "bfloat16", "float16"], options.Dtypes);
        Assert.Empty(options.Validate());
        Assert.Equal(ScalarType.Float16, new BenchTrainOptions { Dtype = "f16" }.ElementType);
        Assert.Equal(ScalarType.Float16, new BenchTrainOptions { Dtype = "fp16" }.ElementType);
    }

    private static JsonObject Identity(params string[] type) =>
        RunIdentity.OfTraining(CliRun.RunMath([.. Dry, .. type]), data: null);
}
