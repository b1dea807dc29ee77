using LoNas.Formats.Peft;
using LoNas.Tests.Cli;
using LoNas.Tests.Support;
using LoNas.Weights;

namespace LoNas.Tests.FieldCases;

/// <summary>Field case continue-training: a new run that starts from a trained adapter.</summary>
public sealed class StartAdapterTests : IDisposable
{
    private static readonly (string, string?)[] NoShape =
        [("lora_r", null), ("lora_alpha", null), ("lora_dropout", null), ("target_modules", null)];

    private readonly TrainedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_AdapterOfOurs_StartsFromItsWeightsWithAFreshOptimiser()
    {
        _folder.Train("start");
        var start = ("lora_weights", _folder.Folder("start"));

        var run = _folder.Train("still", [.. NoShape, start, ("learning_rate", "0")]);
        Assert.Contains(
            $"training starts from the adapter '{_folder.Folder("start")}': rank 4, alpha 8, dropout 0.1, on q_proj, "
            + "v_proj", run.Output);
        Assert.Equal("", run.Error);
        AssertSameWeights("start", "still", same: true);
        Assert.Equal([0, 0, 0, 0], _folder.Rates("still"));

        _folder.Train("next", [.. NoShape, start]);
        AssertSameWeights("start", "next", same: false);
        Assert.Equal(4, _folder.Rates("next").Length);
    }

    [Fact]
    public void Run_Interrupted_EndsTheSameAndTheStartMayHaveMoved()
    {
        _folder.Train("start");
        (string, string?)[] fromStart = [.. NoShape, ("lora_weights", _folder.Folder("start"))];
        _folder.Train("whole", fromStart);

        _folder.Stop("checkpoint-2", "broken", fromStart);
        var moved = _folder.Copy("start", "moved");
        _folder.Train("broken", [.. NoShape, ("lora_weights", moved)]);

        Assert.Equal(_folder.Adapter("whole"), _folder.Adapter("broken"));
        Assert.Equal(_folder.State("whole"), _folder.State("broken"));
        // What an adapter answered is no part of it; its weights are.
        File.WriteAllText(Path.Combine(moved, "eval_results.json"), "{}");
        Assert.StartsWith("finished earlier", _folder.Train("broken", [.. NoShape, ("lora_weights", moved)]).Output);
        _folder.Train("start", ("seed", "7"), ("overwrite_output_dir", "True"));
        Assert.Contains("lora_weights_sha256 was ", _folder.Refused(_folder.Line("whole", fromStart)));
    }

    [Fact]
    public void Run_TestInTheSameCommand_TestsTheNewAdapter()
    {
        _folder.Train("start", ("learning_rate", "0"));
        (string, string?)[] line = [.. NoShape, ("lora_weights", _folder.Folder("start")), ("learning_rate", "0.1")];
        _folder.Train("new", [.. line, ("do_test", "True")]);
        var answers = File.ReadAllText(Path.Combine(_folder.Folder("new"), "gsm8k.res.json"));

        SampleRun.Run(_folder.Sample.Testing(
            ("lora_weights", _folder.Folder("new")), ("output_dir", _folder.Folder("of new"))));
        SampleRun.Run(_folder.Sample.Testing(
            ("lora_weights", _folder.Folder("start")), ("output_dir", _folder.Folder("of start"))));

        Assert.Equal(answers, File.ReadAllText(Path.Combine(_folder.Folder("of new"), "gsm8k.res.json")));
        Assert.NotEqual(answers, File.ReadAllText(Path.Combine(_folder.Folder("of start"), "gsm8k.res.json")));
        // Trained, and tested by a later command: the same.
        _folder.Train("later", line);
        _folder.Train("later", [.. line, ("do_test", "True")]);
        Assert.Equal(answers, File.ReadAllText(Path.Combine(_folder.Folder("later"), "gsm8k.res.json")));
    }

    [Fact]
    public void Run_ElasticAdapter_TakesItsOwnConfiguration()
    {
        (string, string?)[] elastic =
        [
            ("nncf_config", SampleRun.Configuration), ("lora_r", "32"), ("lora_alpha", "64"),
            ("target_modules", "q_proj,k_proj,v_proj,up_proj,gate_proj,down_proj"),
        ];
        _folder.Train("start", elastic);
        (string, string?)[] start = [.. NoShape, ("lora_weights", _folder.Folder("start"))];

        _folder.Train("named", [.. start, ("nncf_config", SampleRun.Configuration)]);
        _folder.Train("own", start);

        Assert.Equal(_folder.Adapter("named"), _folder.Adapter("own"));
        Assert.True(File.Exists(Path.Combine(_folder.Folder("own"), "nncf_config.json")));
    }

    [Theory]
    [InlineData("lora_r", "16", "--lora_r is 16, and the adapter '")]
    [InlineData("lora_alpha", "32", "--lora_alpha is 32, and the adapter '")]
    [InlineData("target_modules", "q_proj", "--target_modules is q_proj, and the adapter '")]
    [InlineData("target_modules", "q_proj,v_proj,k_proj", "--target_modules is q_proj,v_proj,k_proj, and the ")]
    public void Run_FlagThatContradictsTheAdapter_IsRefused(string flag, string value, string expected)
    {
        _folder.Train("start");

        var error = _folder.Refused(
            _folder.Line("new", [.. NoShape, ("lora_weights", _folder.Folder("start")), (flag, value)]));

        ErrorTable.Require("flag that contradicts the adapter that is trained on", 2, error);
        Assert.Contains(expected, error);
        Assert.EndsWith($"leave --{flag} out, or leave --lora_weights out for a new adapter\n", error);
        // As it says.
        _folder.Train("new", [.. NoShape, ("lora_weights", _folder.Folder("start"))]);
    }

    [Fact]
    public void Run_FlagsThatAgreeAndAnotherDropout_AreTaken()
    {
        _folder.Train("start");

        var run = _folder.Train(
            "new", ("lora_weights", _folder.Folder("start")), ("target_modules", "v_proj,q_proj"),
            ("lora_dropout", "0"));

        Assert.Contains("dropout 0,", run.Output);
        Assert.Equal(0, PeftFolder.LoadOptions(_folder.Folder("new")).Dropout);
    }

    [Fact]
    public void Run_OutputInTheStartsOwnFolder_IsRefused()
    {
        _folder.Train("start");
        var start = _folder.Folder("start");

        foreach (var inside in new[] { start, Path.Combine(start, "checkpoint-2"), Path.Combine(start, "..", "start") })
        {
            var error = _folder.Refused(
                _folder.Line("start", ("lora_weights", inside), ("overwrite_output_dir", "True")));
            ErrorTable.Require("start of a training in its output folder", 2, error);
        }

        // A checkpoint into the folder beside it is no such thing.
        _folder.Train("start2", ("lora_weights", Path.Combine(start, "checkpoint-2")));
    }

    [Fact]
    public void Run_PeftsOwnFolder_TrainsOn()
    {
        var peft = SharedData.Path("field-cases", "train-overwrites-adapter", "peft");
        var model = SharedData.Path("models", "stories260K");

        var run = _folder.Train(
            "new", [.. NoShape, ("lora_weights", peft), ("model_name_or_path", model), ("num_train_epochs", "1")]);

        Assert.Contains("training starts from the adapter", run.Output);
    }

    private void AssertSameWeights(string left, string right, bool same)
    {
        using var first = SafetensorsFile.Open(Path.Combine(_folder.Folder(left), PeftFolder.WeightsFile));
        using var second = SafetensorsFile.Open(Path.Combine(_folder.Folder(right), PeftFolder.WeightsFile));
        Assert.Equal(first.Names.Order(), second.Names.Order());
        Assert.All(first.Names, name =>
        {
            using var one = first.Load(name);
            using var other = second.Load(name);
            Assert.Equal(same, one.equal(other).all().item<bool>());
        });
    }
}
