using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Search;
using LoNas.Evaluation;
using LoNas.Training;

namespace LoNas.Cli.Train;

/// <summary>The flags of <c>run-math</c> and <c>run-commonsense</c>, which differ in test sets and a default.</summary>
internal static class RunMathTable
{
    /// <summary>The group of the flags that make another test, but not another training.</summary>
    public const string TestingGroup = "Testing";

    public static OptionTable<RunMathOptions> Table { get; } = Build(TaskSuite.Math);

    public static OptionTable<RunMathOptions> Commonsense { get; } = Build(TaskSuite.Commonsense);

    private static OptionTable<RunMathOptions> Build(TaskSuite suite)
    {
        var table = new OptionTable<RunMathOptions>(new RunMathOptions { ValSetSize = suite.ValidationSize });
        AddModelAndData(table, suite);
        AddAdapters(table);
        AddTraining(table);
        AddLearningRate(table);
        AddEvaluation(table);
        AddTesting(table, suite);
        SearchTable.Add(table, o => o.Search, (o, v) => o with { Search = v });
        AddOutput(table);
        return table;
    }

    private static void AddModelAndData(OptionTable<RunMathOptions> table, TaskSuite suite) => table
        .Group("Model")
        .Add("model_name_or_path", OptionValues.Text("DIR|NAME"), o => o.ModelNameOrPath,
            (o, v) => o with { ModelNameOrPath = v ?? "" },
            "Hugging Face folder of the base model, or its hub name such as yahma/llama-7b-hf", "none, required")
        .Add("model_revision", OptionValues.Text("NAME"), o => o.ModelRevision, (o, v) => o with { ModelRevision = v },
            "branch, tag or commit of a hub name", "main")
        .Add("bf16", OptionValues.Switch, o => o.Bf16, (o, v) => o with { Bf16 = v },
            "hold the base model as bfloat16; without --bf16 and --fp16 it keeps its own type")
        .Add("fp16", OptionValues.Switch, o => o.Fp16, (o, v) => o with { Fp16 = v },
            "hold the base model as float16; a CPU uses bfloat16 instead")
        .AddDevice(o => o.Device, (o, v) => o with { Device = v }, o => o.Tf32, (o, v) => o with { Tf32 = v })
        .Group("Data")
        .Add("dataset_path", OptionValues.Text("FILE"), o => o.DatasetPath, (o, v) => o with { DatasetPath = v },
            "training records, a JSON list of {instruction, input, output}; None for none")
        .Add("task_file", OptionValues.Text("FILE"), o => o.TaskFile, (o, v) => o with { TaskFile = v },
            "a task of your own in place of the sets, as docs/evaluation.md describes it; "
            + "its train_data stand for --dataset_path")
        .Add("datasets_dir", OptionValues.Text("DIR"), o => o.DatasetsDir, (o, v) => o with { DatasetsDir = v ?? "" },
            $"folder of the test sets: SET/test.json for {string.Join(", ", suite.Tasks.Select(task => task.Name))}")
        .Add("cutoff_len", OptionValues.Integer, o => o.CutoffLen, (o, v) => o with { CutoffLen = v },
            "most tokens of a training record; longer ones are cut")
        .Add("val_set_size", OptionValues.Integer, o => o.ValSetSize, (o, v) => o with { ValSetSize = v },
            "records of --dataset_path set aside for validation")
        .Add("train_on_inputs", OptionValues.Switch, o => o.TrainOnInputs, (o, v) => o with { TrainOnInputs = v },
            "learn the prompt's tokens too; False: those of the output only")
        .Add("max_train_samples", OptionValues.OptionalInteger, o => o.MaxTrainSamples,
            (o, v) => o with { MaxTrainSamples = v }, "train on the first N records only", "all")
        .Add("max_test_samples", OptionValues.OptionalInteger, o => o.MaxTestSamples,
            (o, v) => o with { MaxTestSamples = v }, "test on the first N records of each set only", "all");

    private static void AddAdapters(OptionTable<RunMathOptions> table) => table
        .Group("Adapters")
        .Add("lora", OptionValues.Switch, o => o.Lora, (o, v) => o with { Lora = v }, "use low-rank adapters")
        .Add("lora_r", OptionValues.Integer, o => o.LoraR, (o, v) => o with { LoraR = v }, "full rank")
        .Add("lora_alpha", OptionValues.Number, o => o.LoraAlpha, (o, v) => o with { LoraAlpha = v },
            "scaling is alpha / full rank")
        .Add("lora_dropout", OptionValues.Number, o => o.LoraDropout, (o, v) => o with { LoraDropout = v },
            "probability of dropping an input element of an adapter while training")
        .Add("target_modules", OptionValues.List, o => o.TargetModules, (o, v) => o with { TargetModules = v },
            "names of the linear layers that get an adapter")
        .Add("lora_weights", OptionValues.Text("DIR|NAME"), o => o.LoraWeights, (o, v) => o with { LoraWeights = v },
            "PEFT folder or hub name of a trained adapter to test; its adapter_config.json replaces the --lora_ values")
        .Add("nncf_config", OptionValues.Text("FILE"), o => o.NncfConfig, (o, v) => o with { NncfConfig = v },
            "search space and training stages of the super-adapter; without it plain LoRA is trained");

    private static void AddTraining(OptionTable<RunMathOptions> table) => table
        .Group("Training")
        .Add("do_train", OptionValues.Switch, o => o.DoTrain, (o, v) => o with { DoTrain = v }, "train the adapters")
        .Add("num_train_epochs", OptionValues.Number, o => o.NumTrainEpochs, (o, v) => o with { NumTrainEpochs = v },
            "passes over the training records")
        .Add("max_steps", OptionValues.Integer, o => o.MaxSteps, (o, v) => o with { MaxSteps = v },
            "optimiser steps, in place of --num_train_epochs; -1: off")
        .Add("per_device_train_batch_size", OptionValues.Integer, o => o.PerDeviceTrainBatchSize,
            (o, v) => o with { PerDeviceTrainBatchSize = v }, "records of a micro-batch")
        .Add("gradient_accumulation_steps", OptionValues.Integer, o => o.GradientAccumulationSteps,
            (o, v) => o with { GradientAccumulationSteps = v }, "micro-batches of an optimiser step")
        .Add("gradient_checkpointing", OptionValues.Switch, o => o.GradientCheckpointing,
            (o, v) => o with { GradientCheckpointing = v },
            "keep only the blocks' inputs and compute the rest again: less memory, a half more work, the same gradients")
        .Add("group_by_length", OptionValues.Switch, o => o.GroupByLength, (o, v) => o with { GroupByLength = v },
            "make batches of records of similar length, which need less padding")
        .Add("packing", OptionValues.Switch, o => o.Packing, (o, v) => o with { Packing = v },
            "compute padding in attention only: the same batches and losses with less work")
        .Add("max_grad_norm", OptionValues.Number, o => o.MaxGradNorm, (o, v) => o with { MaxGradNorm = v },
            "norm to which gradients are clipped; 0: not clipped")
        .Add("max_skipped_steps", OptionValues.Integer, o => o.MaxSkippedSteps, (o, v) => o with { MaxSkippedSteps = v },
            "optimiser steps in a row that may be skipped because their loss or gradients are not finite; one more ends the run")
        .Add("optim", OptionValues.Choice<OptimizerType>(), o => o.Optim, (o, v) => o with { Optim = v }, "optimiser")
        .Add("weight_decay", OptionValues.Number, o => o.WeightDecay, (o, v) => o with { WeightDecay = v },
            "decoupled weight decay")
        .Add("seed", OptionValues.Seed, o => o.Seed, (o, v) => o with { Seed = v },
            "seed of shuffles, splits, sub-adapters, dropout and initial weights");

    private static void AddLearningRate(OptionTable<RunMathOptions> table) => table
        .Group("Learning rate (plain LoRA; a configuration's stages bring their own)")
        .Add("learning_rate", OptionValues.OptionalNumber, o => o.LearningRate, (o, v) => o with { LearningRate = v },
            "highest learning rate", "5e-5, or the configuration's")
        .Add("lr_scheduler_type", OptionValues.Choice<SchedulerType>(), o => o.LrSchedulerType,
            (o, v) => o with { LrSchedulerType = v }, "how it goes on after the warm-up")
        .Add("warmup_steps", OptionValues.Integer, o => o.WarmupSteps, (o, v) => o with { WarmupSteps = v },
            "optimiser steps over which it rises from 0")
        .Add("warmup_ratio", OptionValues.Number, o => o.WarmupRatio, (o, v) => o with { WarmupRatio = v },
            "the same as a share of all steps; --warmup_steps goes before it");

    private static void AddEvaluation(OptionTable<RunMathOptions> table) => table
        .Group("Validation and logging")
        .Add("do_eval", OptionValues.Switch, o => o.DoEval, (o, v) => o with { DoEval = v },
            "measure the validation loss after training; needs --val_set_size")
        .Add("evaluation_strategy", OptionValues.Choice<IntervalStrategy>(), o => o.EvaluationStrategy,
            (o, v) => o with { EvaluationStrategy = v }, "when the validation loss is measured during training")
        .Add("eval_steps", OptionValues.OptionalInteger, o => o.EvalSteps, (o, v) => o with { EvalSteps = v },
            "optimiser steps between two measurements with --evaluation_strategy steps", "--logging_steps")
        .Add("logging_steps", OptionValues.Integer, o => o.LoggingSteps, (o, v) => o with { LoggingSteps = v },
            "optimiser steps between two log records")
        .Add("report_to", OptionValues.Choice<ReportTarget>(), o => o.ReportTo, (o, v) => o with { ReportTo = v },
            "write training curves for TensorBoard too");

    private static void AddTesting(OptionTable<RunMathOptions> table, TaskSuite suite) => table
        .Group(TestingGroup)
        .Add("do_test", OptionValues.Switch, o => o.DoTest, (o, v) => o with { DoTest = v },
            "answer the test sets and count what is right")
        .Add("sub_adapter", OptionValues.Text("NAME|FILE|FILE#N"), o => o.SubAdapter, (o, v) => o with { SubAdapter = v },
            "sub-adapter to test: maximal, heuristic, minimal, a JSON file or entry N of a front; needs a configuration", "heuristic")
        .AddFrontLimits(
            o => o.MaxMacs, (o, v) => o with { MaxMacs = v }, o => o.MinAccuracy, (o, v) => o with { MinAccuracy = v })
        .Add("num_beams", OptionValues.Integer, o => o.NumBeams, (o, v) => o with { NumBeams = v },
            "beams of the search; 1: greedy")
        .Add("max_new_tokens", OptionValues.OptionalInteger, o => o.MaxNewTokens,
            (o, v) => o with { MaxNewTokens = v }, "most tokens of an answer",
            $"{suite.Tasks.Max(task => task.MaxNewTokens)}")
        .Add("per_device_eval_batch_size", OptionValues.OptionalInteger, o => o.PerDeviceEvalBatchSize,
            (o, v) => o with { PerDeviceEvalBatchSize = v },
            "problems answered at once; answers do not depend on it", "by the free memory")
        .Add("exact_outputs", OptionValues.Switch, o => o.ExactOutputs, (o, v) => o with { ExactOutputs = v },
            "write every answer to its end, also where its prediction can no longer change");

    private static void AddOutput(OptionTable<RunMathOptions> table) => table
        .Group("Output and run")
        .Add("output_dir", OptionValues.Text("DIR"), o => o.OutputDir, (o, v) => o with { OutputDir = v ?? "" },
            "folder for adapters, checkpoints and results", "none, required to train or test")
        .Add("overwrite_output_dir", OptionValues.Switch, o => o.OverwriteOutputDir,
            (o, v) => o with { OverwriteOutputDir = v },
            "start again in a folder that holds another run or other files; the other run is removed")
        .Add("save_strategy", OptionValues.Choice<IntervalStrategy>(), o => o.SaveStrategy,
            (o, v) => o with { SaveStrategy = v }, "when checkpoints are written")
        .Add("save_steps", OptionValues.Integer, o => o.SaveSteps, (o, v) => o with { SaveSteps = v },
            "optimiser steps between two checkpoints with --save_strategy steps")
        .Add("save_total_limit", OptionValues.OptionalInteger, o => o.SaveTotalLimit,
            (o, v) => o with { SaveTotalLimit = v }, "checkpoints kept, the newest", "all")
        .Add("save_safetensors", OptionValues.Switch, o => o.SaveSafetensors, (o, v) => o with { SaveSafetensors = v },
            "False: adapters as adapter_model.bin, for tools that read nothing else")
        .Add("resume_from_checkpoint", OptionValues.Text("DIR|True|False"), o => o.ResumeFromCheckpoint,
            (o, v) => o with { ResumeFromCheckpoint = v },
            "checkpoint to go on from; True: the newest in --output_dir; False: none", "that of the same run")
        .Add("dry_run", OptionValues.Switch, o => o.DryRun, (o, v) => o with { DryRun = v },
            "print effective options, token lengths, parameters, expected memory and steps; train and write nothing")
        .Add("force", OptionValues.Switch, o => o.Force, (o, v) => o with { Force = v },
            "train though memory or disk seem too small")
        .Add("threads", OptionValues.OptionalInteger, o => o.Threads, (o, v) => o with { Threads = v },
            "threads of a CPU", "physical cores");
}
