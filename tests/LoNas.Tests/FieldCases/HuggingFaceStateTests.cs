using System.Text.Json;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Text;
using LoNas.Training.Checkpoints;
using LoNas.Weights;

namespace LoNas.Tests.FieldCases;

/// <summary>
/// Field case plain-lora-metrics and the like: the files of state and metrics are those of Transformers 4.31.
/// </summary>
public sealed class HuggingFaceStateTests : IDisposable
{
    /// <summary>The fields of its TrainerState, which refuses a file with others.</summary>
    private static readonly string[] Fields =
    [
        "best_metric", "best_model_checkpoint", "epoch", "global_step", "is_hyper_param_search",
        "is_local_process_zero",
        "is_world_process_zero", "log_history", "max_steps", "num_train_epochs", "total_flos", "trial_name",
        "trial_params",
    ];

    private readonly TrainedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_Training_WritesTheFieldsOfTrainerStateAndNoOthers()
    {
        _folder.Train("out");

        foreach (var folder in new[] { "", "checkpoint-2", "checkpoint-4" })
        {
            var state = State(folder);
            Assert.Equal(Fields, state.EnumerateObject().Select(field => field.Name));
            Assert.Equal(JsonValueKind.Null, state.GetProperty("best_model_checkpoint").ValueKind);
            Assert.True(state.GetProperty("is_world_process_zero").GetBoolean());
        }

        var log = State().GetProperty("log_history").EnumerateArray().ToArray();
        Assert.Equal(["epoch", "learning_rate", "loss", "step"], log[0].EnumerateObject().Select(field => field.Name));
        Assert.All(log[..^1], entry => Assert.Equal(
            entry.GetProperty("loss").GetDouble(), PythonNumber.Round(entry.GetProperty("loss").GetDouble(), 4)));
        Assert.Equal(
            ["epoch", "step", "total_flos", "train_loss", "train_runtime", "train_samples_per_second",
                "train_steps_per_second"],
            log[^1].EnumerateObject().Select(field => field.Name));
        Assert.Equal(4, log[^1].GetProperty("step").GetInt32());
        Assert.False(State("checkpoint-4").GetProperty("log_history")[3].TryGetProperty("train_loss", out _));
    }

    [Fact]
    public void Run_PlainLora_LogsTheRateOfTheStepToCome()
    {
        _folder.Train("out", ("learning_rate", "0.0045"), ("max_steps", "3"));

        Assert.Equal([0.003, 0.0015, 0], _folder.Rates("out").Select(rate => Math.Round(rate, 12)));
    }

    [Fact]
    public void Run_Configuration_LogsTheRateOfTheLastStepAndBothLosses()
    {
        _folder.Train(
            "out", ("nncf_config", SampleRun.Configuration), ("lora_r", "32"), ("lora_alpha", "64"),
            ("target_modules", "q_proj,k_proj,v_proj,up_proj,gate_proj,down_proj"), ("val_set_size", "4"),
            ("do_eval", "True"), ("max_steps", "2"));

        // 3 steps an epoch, one epoch: init_lr / 2 (1 + cos(pi t / 3)), where NNCF is at t = 1 in the first step.
        Assert.Equal(
            [0.003 / 2 * (1 + Math.Cos(Math.PI / 3)), 0.003 / 2 * (1 + Math.Cos(Math.PI * 2 / 3))],
            _folder.Rates("out").Select(rate => rate), (left, right) => Math.Abs(left - right) < 1e-12);
        var evaluation = State().GetProperty("log_history").EnumerateArray()
            .Single(entry => entry.TryGetProperty("eval_loss_super", out _));
        Assert.Equal(
            ["epoch", "eval_loss_minimum", "eval_loss_super", "step"],
            evaluation.EnumerateObject().Select(field => field.Name));
        Assert.True(File.Exists(Path.Combine(_folder.Folder("out"), "training_curve.png")));
    }

    [Theory]
    [InlineData("epoch", null, new[] { 3, 6 })]
    [InlineData("steps", "3", new[] { 3, 6 })]
    [InlineData("steps", "4", new[] { 4, 6 })]
    [InlineData("no", null, new[] { 6 })]
    public void Run_EvaluatedAtTheEnd_LogsItOnce(string strategy, string? every, int[] steps)
    {
        _folder.Train(
            "out", ("val_set_size", "4"), ("do_eval", "True"), ("evaluation_strategy", strategy), ("eval_steps", every),
            ("num_train_epochs", "2"));

        Assert.Equal(steps, State().GetProperty("log_history").EnumerateArray()
            .Where(entry => entry.TryGetProperty("eval_loss", out _))
            .Select(entry => entry.GetProperty("step").GetInt32()));
    }

    [Fact]
    public void Run_Training_CountsFlosAsHuggingFace()
    {
        _folder.Train("out");

        // Six for each token of the padded batches and each parameter outside the embedding, adapters among them.
        long tokens = JsonInput.Load(Path.Combine(_folder.Folder("out"), "checkpoint-4", RunStateFile.Name), "state")
            .GetProperty("tokens_seen").GetInt64();
        long weights = Count(Path.Combine(SampleRun.Model, "model.safetensors"))
            + Count(Path.Combine(_folder.Folder("out"), "adapter_model.safetensors"));
        Assert.Equal(6.0 * tokens * weights, State().GetProperty("total_flos").GetDouble());
        Assert.Equal(6.0 * tokens * weights, Metrics("train_results.json").GetProperty("total_flos").GetDouble());
    }

    [Fact]
    public void Run_PlainLoraAndBaseTested_CountTheirParameters()
    {
        _folder.Train("out", ("do_test", "True"));
        foreach (var file in new[] { "eval_results.json", "all_results.json" })
        {
            Assert.True(Metrics(file).GetProperty("non_zero_params").GetInt64() > 1_000_000);
            Assert.DoesNotContain(
                Metrics(file).EnumerateObject(), field => field.Name is "macs" or "weights" or "skipped_steps");
        }

        var alone = _folder.Folder("base");
        SampleRun.Run(_folder.Sample.Testing(("lora", null), ("lora_weights", null), ("output_dir", alone)));
        Assert.True(JsonInput.Load(Path.Combine(alone, "all_results.json"), "metrics")
            .GetProperty("non_zero_params").GetInt64() < Metrics("all_results.json").GetProperty("non_zero_params")
            .GetInt64());
    }

    /// <summary>What CPython 3 gives for <c>round(value, digits)</c>.</summary>
    [Theory]
    [InlineData(2.675, 2, 2.67)]
    [InlineData(0.125, 2, 0.12)]
    [InlineData(0.375, 2, 0.38)]
    [InlineData(1.005, 2, 1.0)]
    [InlineData(0.675, 2, 0.68)]
    [InlineData(5.015, 2, 5.01)]
    [InlineData(0.03125, 4, 0.0312)]
    [InlineData(0.09375, 4, 0.0938)]
    [InlineData(3.9495292398634163, 4, 3.9495)]
    [InlineData(2.5, 0, 2)]
    [InlineData(1e-9, 4, 0)]
    [InlineData(double.NaN, 4, double.NaN)]
    public void PythonNumber_Round_EqualsPython(double value, int digits, double expected) =>
        Assert.Equal(expected, PythonNumber.Round(value, digits));

    [Theory]
    [InlineData(318, "318.0")]
    [InlineData(271.581184, "271.581184")]
    [InlineData(0.5, "0.5")]
    [InlineData(0, "0.0")]
    [InlineData(1700000, "1700000.0")]
    public void PythonNumber_Text_EqualsPython(double value, string expected) =>
        Assert.Equal(expected, PythonNumber.Text(value));

    private static long Count(string weights)
    {
        using var file = SafetensorsFile.Open(weights);
        return file.Names.Where(name => !name.Contains("embed_tokens")).Sum(name =>
        {
            using var tensor = file.Load(name);
            return tensor.numel();
        });
    }

    private JsonElement State(string folder = "") =>
        JsonInput.Load(Path.Combine(_folder.Folder("out"), folder, "trainer_state.json"), "state");

    private JsonElement Metrics(string file) => JsonInput.Load(Path.Combine(_folder.Folder("out"), file), "metrics");
}
