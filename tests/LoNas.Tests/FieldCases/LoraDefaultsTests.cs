using System.Text.Json.Nodes;
using LoNas.Elastic;
using LoNas.Storage;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;

namespace LoNas.Tests.FieldCases;

/// <summary>The adapter that is trained where no flag says which.</summary>
public sealed class LoraDefaultsTests
{
    private static readonly (string, string?)[] Plain =
    [
        ("lora_r", null), ("lora_alpha", null), ("lora_dropout", null), ("target_modules", null),
        ("max_steps", "1"), ("save_strategy", "no"),
    ];

    [Theory]
    [InlineData("run-math")]
    [InlineData("run-commonsense")]
    public void Run_NoFlags_TrainsTheReferencesAdapter(string command)
    {
        using var sample = new SampleRun();
        var line = sample.Training([.. Plain, ("nncf_config", null), ("val_set_size", "0")]);

        var run = CliRun.Of([command, .. line[1..]]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        AssertAdapter(sample, 32, 64, 0, "q_proj", "v_proj");
        Assert.DoesNotContain("taken from the configuration", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_Defaults_AreTheCommands()
    {
        var given = CliRun.RunMath("--model_name_or_path", "m", "--dry_run").NewAdapter.ToLora();

        Assert.All([new LoraOptions(), given], lora => Assert.Equal(
            (32, 64.0, 0.0, "q_proj,v_proj", false),
            (lora.Rank, lora.Alpha, lora.Dropout, string.Join(',', lora.TargetModules), lora.TargetIsPattern)));
    }

    [Fact]
    public void Run_ConfigurationWithoutFlags_RankAndTargetsAreItsAndSaidOnce()
    {
        using var sample = new SampleRun();

        var run = CliRun.Of(sample.Training(Plain));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Single(run.Output.Split('\n'), line => line.StartsWith(
            "rank 32 and the targets q_proj, k_proj, v_proj, up_proj, gate_proj, down_proj are taken from the",
            StringComparison.Ordinal));
        AssertAdapter(sample, 32, 64, 0, "q_proj", "k_proj", "v_proj", "up_proj", "gate_proj", "down_proj");
        var options = JsonInput.Load(Path.Combine(sample.Output, "lonas_run.json"), "marker").GetProperty("options");
        Assert.Equal(32, options.GetProperty("lora_r").GetInt32());
        Assert.Equal(6, options.GetProperty("target_modules").GetArrayLength());
    }

    [Theory]
    [InlineData(null, "4 epochs, those of the configuration's stages, are trained", 4)]
    [InlineData("2", "2: the flag decides; what is left of the stages is not run", 2)]
    public void Run_ConfigurationWithEpochs_TheyAreTrainedUnlessTheFlagSaysOthers(
        string? flag, string told, double expected)
    {
        using var sample = new SampleRun();
        var path = Path.Combine(sample.Folder, "four.json");
        var configuration = JsonNode.Parse(File.ReadAllText(SampleRun.Configuration))!;
        configuration["bootstrapNAS"]!["training"]!["schedule"]!["list_stage_descriptions"]![0]!["epochs"] = 4;
        File.WriteAllText(path, configuration.ToJsonString());

        var run = CliRun.Of(sample.Training(
            ("num_train_epochs", flag), ("max_steps", null), ("nncf_config", path), ("save_strategy", "no"),
            ("max_train_samples", "8")));

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(told, run.Output + run.Error, StringComparison.Ordinal);
        var marker = JsonInput.Load(Path.Combine(sample.Output, "lonas_run.json"), "marker").GetProperty("options");
        Assert.Equal(expected, marker.GetProperty("num_train_epochs").GetDouble());
    }

    [Theory]
    [InlineData("lora_r", "32", "the targets q_proj, k_proj, v_proj, up_proj, gate_proj, down_proj are taken")]
    [InlineData("target_modules", "q_proj,k_proj,v_proj,up_proj,gate_proj,down_proj", "rank 32 is taken")]
    public void Run_OneFlagBesideTheConfiguration_TheOtherIsTaken(string flag, string value, string told)
    {
        using var sample = new SampleRun();

        var run = CliRun.Of(sample.Training([.. Plain.Where(row => row.Item1 != flag), (flag, value)]));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains(told, run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lora_r", "16", "[32, 28]")]
    [InlineData("target_modules", "q_proj,v_proj", "k_proj")]
    public void Run_FlagThatContradictsTheConfiguration_Wins(string flag, string value, string message)
    {
        using var sample = new SampleRun();

        var run = CliRun.Of(sample.Training([.. Plain.Where(row => row.Item1 != flag), (flag, value)]));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(sample.Output, "lonas_run.json")));
    }

    /// <summary>A rank that is no default: the alpha stays the flag's, as if the rank had been given.</summary>
    [Fact]
    public void DryRun_ConfigurationOfRank8_KeepsTheFlagsAlpha()
    {
        using var folder = new TemporaryFolder();
        var data = folder.Path("train.json");
        File.WriteAllText(data, """[{"instruction": "a", "output": "b"}, {"instruction": "c", "output": "d"}]""");

        var run = CliRun.Of(
            "make-config", "--model_name_or_path", SampleRun.Model, "--preset", "math", "--ranks", "8,4", "--output",
            folder.Path("own.json"));
        Assert.Equal(0, run.ExitCode);
        run = CliRun.Of(
            "run-math", "--dry_run", "--verbose",
            "--lora", "--nncf_config", folder.Path("own.json"), "--model_name_or_path",
            SampleRun.Model, "--dataset_path", data, "--val_set_size", "0");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("rank 8 and the targets ", run.Output, StringComparison.Ordinal);
        Assert.Matches("\"lora_r\": 8\\b", run.Output);
        Assert.Matches("\"lora_alpha\": 64\\b", run.Output);
    }

    /// <summary>A folder of a version whose defaults were r 8, alpha 16 and dropout 0.05.</summary>
    [Fact]
    public void Run_FolderOfOtherDefaults_IsRefusedWithTheDifferences()
    {
        using var sample = new SampleRun();
        var line = sample.Training([.. Plain, ("nncf_config", null), ("val_set_size", "0")]);
        Assert.Equal(0, CliRun.Of(line).ExitCode);
        var marker = Path.Combine(sample.Output, "lonas_run.json");
        var json = JsonNode.Parse(File.ReadAllText(marker))!;
        (json["options"]!["lora_r"], json["options"]!["lora_alpha"]) = (8, 16);
        json["options"]!["lora_dropout"] = 0.05;
        JsonOutput.Save(marker, json);

        var run = CliRun.Of(line);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(
            "(lora_r was 8 and is 32; lora_alpha was 16 and is 64; lora_dropout was 0.05 and is 0)", run.Error,
            StringComparison.Ordinal);
    }

    private static void AssertAdapter(SampleRun sample, int rank, double alpha, double dropout, params string[] targets)
    {
        var json = JsonInput.Load(Path.Combine(sample.Output, "adapter_config.json"), "adapter");
        Assert.Equal(
            (rank, alpha, dropout),
            (json.GetProperty("r").GetInt32(), json.GetProperty("lora_alpha").GetDouble(),
                json.GetProperty("lora_dropout").GetDouble()));
        Assert.Equal(targets, json.GetProperty("target_modules").EnumerateArray().Select(name => name.GetString()!));
    }
}
