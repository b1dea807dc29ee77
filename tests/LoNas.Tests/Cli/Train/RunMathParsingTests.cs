using LoNas.Cli.Flags;
using LoNas.Cli.Train;
using LoNas.Training;

namespace LoNas.Tests.Cli.Train;

public sealed class RunMathParsingTests
{
    private static readonly string[] Dry = ["--model_name_or_path", "m", "--dry_run"];

    [Fact]
    public void RunMath_PublishedTrainingCommand_GivesItsValues()
    {
        var options = CliRun.RunMath(
            ("--dataset_path datasets/math_10k.json --model_name_or_path DIR --do_train --do_test "
            + "--per_device_train_batch_size 4 --gradient_accumulation_steps 4 --num_train_epochs 6 --warmup_steps 100 "
            + "--optim adamw_torch --fp16 --output_dir OUT --logging_steps 20 --save_strategy epoch "
            + "--save_total_limit 2 --lora --lora_r 32 --lora_alpha 64 --lora_dropout 0.1 "
            + "--target_modules q_proj,k_proj,v_proj,up_proj,gate_proj,down_proj --nncf_config FILE").Split(' '));

        Assert.Equal(["q_proj", "k_proj", "v_proj", "up_proj", "gate_proj", "down_proj"],
            options.NewAdapter.TargetModules);
        Assert.Equal(
            new RunOptions
            {
                Model = new ModelFlags { ModelNameOrPath = "DIR", Fp16 = true },
                Data = new DataFlags { DatasetPath = "datasets/math_10k.json" },
                NewAdapter = new NewAdapterFlags
                {
                    Lora = true,
                    LoraR = 32,
                    LoraAlpha = 64,
                    LoraDropout = 0.1,
                    TargetModules = options.NewAdapter.TargetModules,
                },
                Adapter = new AdapterFlags { NncfConfig = "FILE" },
                Training = new TrainingFlags
                {
                    DoTrain = true,
                    PerDeviceTrainBatchSize = 4,
                    GradientAccumulationSteps = 4,
                    NumTrainEpochs = 6,
                    Optim = OptimizerType.AdamwTorch,
                },
                Rate = new LearningRateFlags { WarmupSteps = 100 },
                Validation = new ValidationFlags { LoggingSteps = 20 },
                DoTest = true,
                Output = new OutputFlags { OutputDir = "OUT" },
                Checkpoints = new CheckpointFlags { SaveStrategy = IntervalStrategy.Epoch, SaveTotalLimit = 2 },
            },
            options);
    }

    [Fact]
    public void RunMath_PublishedReloadCommand_GivesItsValues()
    {
        var options = CliRun.RunMath(
            ("--dataset_path None --model_name_or_path DIR --do_test --fp16 --output_dir OUT --lora --lora_weights OUT "
            + "--nncf_config FILE").Split(' '));

        Assert.Equal(
            new RunOptions
            {
                Model = new ModelFlags { ModelNameOrPath = "DIR", Fp16 = true },
                NewAdapter = new NewAdapterFlags { Lora = true, TargetModules = options.NewAdapter.TargetModules },
                Adapter = new AdapterFlags { LoraWeights = "OUT", NncfConfig = "FILE" },
                DoTest = true,
                Output = new OutputFlags { OutputDir = "OUT" },
            },
            options);
    }

    [Theory]
    [InlineData("--val_set_size=3", "val_set_size", "3")]
    [InlineData("--cutoff_len 64", "cutoff_len", "64")]
    [InlineData("--train_on_inputs False", "train_on_inputs", "false")]
    [InlineData("--learning_rate 3e-4", "learning_rate", "0.0003")]
    [InlineData("--learning_rate None", "learning_rate", "null")]
    [InlineData("--weight_decay 0.1", "weight_decay", "0.1")]
    [InlineData("--max_grad_norm .5", "max_grad_norm", "0.5")]
    [InlineData("--seed 7", "seed", "7")]
    [InlineData("--bf16", "bf16", "true")]
    [InlineData("--max_train_samples 5", "max_train_samples", "5")]
    [InlineData("--max_test_samples 6", "max_test_samples", "6")]
    [InlineData("--max_steps 9", "max_steps", "9")]
    [InlineData("--max_steps -1", "max_steps", "-1")]
    [InlineData("--datasets_dir d", "datasets_dir", "\"d\"")]
    [InlineData("--overwrite_output_dir", "overwrite", "true")]
    [InlineData("--resume_from_checkpoint c --do_train --lora --dataset_path d", "resume_from_checkpoint", "\"c\"")]
    [InlineData("--resume_from_checkpoint False", "resume_from_checkpoint", "\"False\"")]
    [InlineData("--evaluation_strategy steps --eval_steps 10", "eval_steps", "10")]
    [InlineData("--evaluation_strategy EPOCH", "evaluation_strategy", "\"epoch\"")]
    [InlineData("--do_eval", "do_eval", "true")]
    [InlineData("--warmup_ratio 0.06", "warmup_ratio", "0.06")]
    [InlineData("--lr_scheduler_type constant_with_warmup", "lr_scheduler_type", "\"constant_with_warmup\"")]
    [InlineData("--report_to tensorboard", "report_to", "\"tensorboard\"")]
    [InlineData("--report_to none", "report_to", "\"none\"")]
    [InlineData("--save_steps 11", "save_steps", "11")]
    [InlineData("--num_beams 1", "num_beams", "1")]
    [InlineData("--max_new_tokens 12", "max_new_tokens", "12")]
    [InlineData("--threads 2", "threads", "2")]
    [InlineData("--sub_adapter minimal", "sub_adapter", "\"minimal\"")]
    [InlineData("--target_modules=a", "target_modules", "[\"a\"]")]
    public void RunMath_Flag_SetsItsValue(string line, string name, string json)
    {
        var options = CliRun.RunMath([.. Dry, .. line.Split(' ')]);

        Assert.Equal(json, RunOptions.Table.ToJson(options)[name]?.ToJsonString() ?? "null");
    }

    [Theory]
    [InlineData("--fp16", true)]
    [InlineData("--fp16 True", true)]
    [InlineData("--fp16 tRUE", true)]
    [InlineData("--fp16=1", true)]
    [InlineData("--fp16 False", false)]
    [InlineData("--fp16=false", false)]
    [InlineData("--fp16 0", false)]
    [InlineData("", false)]
    public void RunMath_Switch_TakesPythonsBooleans(string line, bool expected) =>
        Assert.Equal(expected, CliRun.RunMath([.. Dry,
            .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]).Model.Fp16);

    [Fact]
    public void RunMath_NothingElseGiven_LeavesDefaults()
    {
        var options = CliRun.RunMath(Dry);

        Assert.Equal(
            new RunOptions
            {
                Model = new ModelFlags { ModelNameOrPath = "m" },
                DryRun = true,
            },
            options);
        Assert.Equal(["q_proj", "v_proj"], options.NewAdapter.ToLora().TargetModules);
        Assert.Equal((42L, 256, 8, 1.0, 3.0, 500),
            (options.Training.Seed, options.Data.CutoffLen, options.Training.PerDeviceTrainBatchSize,
            options.Training.MaxGradNorm, options.Training.Epochs, options.Validation.LoggingSteps));
    }

    [Fact]
    public void Table_EveryPropertyOfTheRecord_HasItsFlag()
    {
        string[] properties =
        [
            .. ValuesOf(typeof(RunOptions)).Except(NoFlags).Order(StringComparer.OrdinalIgnoreCase),
        ];
        string[] flags = [.. RunOptions.Table.Specs.Concat(RunOptions.GlueTable.Specs)
            .Concat(RunOptions.TrainTable.Specs)
            .Concat(SearchCommandTable.Table.Specs)
            .Select(spec => spec.Name.Replace("_", "")).Distinct().Order(StringComparer.OrdinalIgnoreCase)];

        Assert.Equal(properties, flags, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>What is not given itself: defaults, what was given, and what an adapter's folder says.</summary>
    private static string[] NoFlags { get; } =
    [
        nameof(NewAdapterFlags.Defaults), nameof(DataFlags.SaysTrainOnInputs), nameof(DataFlags.SaysCutoffLen),
        nameof(RecordFlags.Said), nameof(ChatFlags.Recorded),
    ];

    /// <summary>The names of a record's values, those of the groups in it included.</summary>
    private static IEnumerable<string> ValuesOf(Type record) => record.GetProperties()
        .Where(property => property.CanWrite)
        .SelectMany(property => property.PropertyType.Name.EndsWith("Flags", StringComparison.Ordinal)
            ? ValuesOf(property.PropertyType)
            : [property.Name]);
}
