using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Search;
using LoNas.Training;

namespace LoNas.Cli.Train;

/// <summary>What the options of <c>run-math</c> must satisfy before anything is read or written.</summary>
internal static class RunMathRules
{
    /// <summary>Everything that is wrong.</summary>
    public static IReadOnlyList<OptionProblem> Check(RunMathOptions options)
    {
        var problems = new OptionProblems();
        CheckTask(problems, options);
        CheckAdapters(problems, options);
        CheckData(problems, options);
        CheckTraining(problems, options);
        CheckIntervals(problems, options);
        CheckSearch(problems, options);
        return problems.Found;
    }

    private static void CheckTask(OptionProblems problems, RunMathOptions o) => problems
        .When(!o.DoTrain && !o.Search.DoSearch && !o.DoTest && !o.DryRun,
            "nothing to do; give --do_train, --do_search, --do_test or --dry_run", "do_train", "do_search", "do_test", "dry_run")
        .Required("model_name_or_path", o.ModelNameOrPath, "give the Hugging Face folder of the base model")
        .When((o.DoTrain || o.Search.DoSearch || o.DoTest) && !o.DryRun && o.OutputDir.Length == 0,
            "--output_dir is missing: give the folder for adapters and results", "output_dir")
        .When(o.DoTrain && o.DatasetPath is null && o.TaskFile is null,
            "--do_train needs --dataset_path, a JSON file of training records", "dataset_path", "do_train")
        .When(o.DoTest && o.DatasetsDir.Length == 0,
            "--do_test needs --datasets_dir, the folder of the test sets", "datasets_dir", "do_test")
        .When(o.Bf16 && o.Fp16, "--bf16 and --fp16 exclude each other; give one", "bf16", "fp16")
        .Device(o.Device)
        .AtLeast("threads", o.Threads, 1)
        .AtLeast("seed", o.Seed, 0);

    private static void CheckAdapters(OptionProblems problems, RunMathOptions o) => problems
        .When(o.DoTrain && !o.Lora, "--do_train needs --lora: only adapters are trained", "do_train", "lora")
        .When(o.LoraWeights is not null && !o.Lora, "--lora_weights needs --lora", "lora_weights", "lora")
        .When(o.NncfConfig is not null && !o.Lora, "--nncf_config needs --lora", "nncf_config", "lora")
        .When(o.LoraWeights is not null && o.DoTrain,
            "--lora_weights is for testing; with --do_train leave it out, or go on with --resume_from_checkpoint",
            "lora_weights", "do_train")
        .When(o.DoTest && o.Lora && !o.DoTrain && o.LoraWeights is null,
            "--do_test with --lora needs --lora_weights, the folder of a trained adapter, or --do_train",
            "lora_weights", "do_train", "do_test", "lora")
        .When(o.Lora && o.TargetModules.Count == 0, "--target_modules names no layer", "target_modules")
        .When(o.TargetModules.Distinct().Count() != o.TargetModules.Count,
            $"--target_modules names a layer twice: {string.Join(',', o.TargetModules)}", "target_modules")
        .AtLeast("lora_r", o.LoraR, 1)
        .Positive("lora_alpha", o.LoraAlpha)
        .Within("lora_dropout", o.LoraDropout, 0, 1);

    private static void CheckData(OptionProblems problems, RunMathOptions o) => problems
        .AtLeast("cutoff_len", o.CutoffLen, 2)
        .AtLeast("val_set_size", o.ValSetSize, 0)
        .AtLeast("max_train_samples", o.MaxTrainSamples, 1)
        .AtLeast("max_test_samples", o.MaxTestSamples, 1)
        .When(!SubAdapterName.IsValid(o.SubAdapter), SubAdapterName.Problem(o.SubAdapter), "sub_adapter")
        .Limits(o.SubAdapter, o.MaxMacs, o.MinAccuracy)
        .AtLeast("num_beams", o.NumBeams, 1)
        .AtLeast("max_new_tokens", o.MaxNewTokens, 1)
        .AtLeast("per_device_eval_batch_size", o.PerDeviceEvalBatchSize, 1);

    private static void CheckTraining(OptionProblems problems, RunMathOptions o) => problems
        .Positive("num_train_epochs", o.NumTrainEpochs)
        .When(o.MaxSteps is 0 or < -1, $"--max_steps is {o.MaxSteps}; expected at least 1, or -1 for none", "max_steps")
        .AtLeast("per_device_train_batch_size", o.PerDeviceTrainBatchSize, 1)
        .AtLeast("gradient_accumulation_steps", o.GradientAccumulationSteps, 1)
        .AtLeast("max_grad_norm", o.MaxGradNorm, 0)
        .AtLeast("max_skipped_steps", o.MaxSkippedSteps, 0)
        .AtLeast("weight_decay", o.WeightDecay, 0)
        .AtLeast("learning_rate", o.LearningRate, 0)
        .AtLeast("warmup_steps", o.WarmupSteps, 0)
        .When(o.WarmupRatio is < 0 or > 1, "--warmup_ratio must lie between 0 and 1", "warmup_ratio")
        .When(o.ResumeFromCheckpoint is not (null or "False") && !o.DoTrain,
            "--resume_from_checkpoint needs --do_train", "resume_from_checkpoint", "do_train");

    private static void CheckSearch(OptionProblems problems, RunMathOptions o) => SearchRules.Check(problems, o.Search)
        .When(o.Search.DoSearch && o.DatasetPath is null && o.TaskFile is null,
            "a search needs --dataset_path, whose validation records sub-adapters are judged by", "dataset_path", "do_search")
        .When(o.Search.DoSearch && o.ValSetSize == 0,
            "a search needs --val_set_size, the number of records set aside to judge sub-adapters by",
            "val_set_size", "do_search")
        .When(o.Search.DoSearch && !o.DoTrain && o.LoraWeights is null,
            "a search needs --lora_weights, the folder of a trained adapter; run-math and run-commonsense can train one with "
            + "--do_train",
            "lora_weights", "do_train", "do_search");

    private static void CheckIntervals(OptionProblems problems, RunMathOptions o) => problems
        .AtLeast("logging_steps", o.LoggingSteps, 1)
        .AtLeast("save_steps", o.SaveSteps, 1)
        .AtLeast("save_total_limit", o.SaveTotalLimit, 1)
        .AtLeast("eval_steps", o.EvalSteps, 1)
        .When(o.EvalSteps is not null && o.EvaluationStrategy != IntervalStrategy.Steps,
            "--eval_steps needs --evaluation_strategy steps", "eval_steps", "evaluation_strategy");
}
