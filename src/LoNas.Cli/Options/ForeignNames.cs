using System.Text.RegularExpressions;

namespace LoNas.Cli.Options;

/// <summary>
/// What options of other programs are called here: of LLM-Adapters and alpaca-lora, whose data and habits this program
/// shares, of Hugging Face's Trainer and example scripts, and of LLaMA-Factory.
/// </summary>
internal static partial class ForeignNames
{
    private const string OnlyLora = "low-rank adapters are the only ones here";
    private const string NotQuantised = "weights are not quantised; --dtype bf16 halves a float32 base";
    private const string NoWandb =
        "nothing is sent anywhere; --report_to tensorboard writes files into the output folder";

    private const string LastState = "the last state is the result, and a search compares sub-adapters";
    private const string Launched = "mpirun or srun starts the processes of a run, each on one device (--dist)";

    /// <summary>Options that have another name here; of one name the first that the command has.</summary>
    private static readonly (string Name, string[] Foreign)[] Called =
    [
        ("model_name_or_path", ["base_model", "model", "model_name", "model_path", "model_id", "pretrained_model"]),
        ("model_revision", ["revision"]),
        ("dtype", ["torch_dtype", "precision"]),
        ("dataset_path", ["data_path", "dataset", "data", "data_file", "train_file", "dataset_name", "train_data"]),
        ("tasks", ["dataset"]),
        ("datasets_dir", ["dataset_dir", "data_dir", "test_dir"]),
        ("task_file", ["prompt_template_name", "prompt_template", "template"]),
        ("per_device_train_batch_size", ["micro_batch_size", "train_batch_size", "per_gpu_train_batch_size"]),
        ("per_device_eval_batch_size", ["eval_batch_size", "test_batch_size", "per_gpu_eval_batch_size",
            "batch_size"]),
        ("gradient_accumulation_steps", ["accumulation_steps", "grad_accum", "gradient_accumulation"]),
        ("gradient_checkpointing", ["use_gradient_checkpointing"]),
        ("num_train_epochs", ["num_epochs", "epochs", "n_epochs"]),
        ("learning_rate", ["lr"]),
        ("lr_scheduler_type", ["lr_scheduler", "scheduler"]),
        ("max_grad_norm", ["clip_grad", "grad_clip", "gradient_clipping"]),
        ("optim", ["optimizer"]),
        ("lora_r", ["rank", "r"]),
        ("lora_alpha", ["alpha"]),
        ("lora_dropout", ["dropout"]),
        ("target_modules", ["lora_target_modules", "lora_target", "lora_modules"]),
        ("lora_weights", ["adapter", "adapter_path", "adapter_name_or_path", "lora_path", "peft_model", "peft_path"]),
        ("cutoff_len", ["cutoff_length", "max_seq_length", "max_seq_len", "max_length", "model_max_length",
            "max_source_length", "block_size"]),
        ("val_set_size", ["validation_split_percentage", "val_size", "eval_size"]),
        ("evaluation_strategy", ["eval_strategy"]),
        ("eval_steps", ["eval_step"]),
        ("save_steps", ["save_step"]),
        ("resume_from_checkpoint", ["resume", "checkpoint"]),
        ("output_dir", ["output_path", "out_dir", "save_dir"]),
        ("do_test", ["do_predict"]),
        ("max_test_samples", ["max_eval_samples", "max_predict_samples"]),
        ("max_new_tokens", ["max_tokens", "max_gen_len", "generation_max_length", "max_length"]),
        ("num_beams", ["beams", "generation_num_beams"]),
        ("threads", ["num_threads", "n_threads"]),
        ("device", ["no_cuda", "use_cpu", "gpu"]),
        ("dry_run", ["dryrun"]),
    ];

    /// <summary>What else there is to say of options that have another name here.</summary>
    private static readonly Dictionary<string, string> Notes = new()
    {
        ["model"] = "; a family's name, as LLM-Adapters means it, is not needed: config.json says it",
        ["adapter"] = "; a kind, as LLM-Adapters means it, is not needed: all adapters are LoRA",
        ["validation_split_percentage"] = ", and is a count of records, no percentage",
        ["max_length"] = " and counts no token of the prompt",
    };

    /// <summary>
    /// Options that have no counterpart here, and why. What a reason says of an option is left out where a command has
    /// not got it, and the row with its last part.
    /// </summary>
    private static readonly (string Why, string[] Foreign)[] Missing =
    [
        ("it is --per_device_train_batch_size times --gradient_accumulation_steps", ["batch_size"]),
        (OnlyLora, ["adapter_name", "adapter_type", "finetuning_type", "peft_type", "bottleneck_size", "non_linearity",
            "adapter_dropout", "use_parallel_adapter", "use_adapterp", "scaling", "num_virtual_tokens"]),
        (NotQuantised, ["load_8bit", "load_in_8bit", "load_4bit", "load_in_4bit", "quantization_bit", "bits",
            "double_quant", "quant_type", "quantization_config"]),
        ("the cache is where HF_HUB_CACHE or HF_HOME of the environment says", ["cache_dir"]),
        ("the hub's token is HF_TOKEN of the environment", ["use_auth_token", "token"]),
        ("--logging_steps 1 logs every step, the first among them", ["logging_first_step"]),
        ("--seed is the seed of the data's order too", ["data_seed"]),
        ("the loss is the plain cross entropy", ["label_smoothing_factor"]),
        ("no noise is added to embeddings", ["neftune_noise_alpha"]),
        (NoWandb, ["wandb_project", "wandb_run_name", "wandb_watch", "wandb_log_model", "wandb_entity", "run_name"]),
        ("TensorBoard files are in runs of the output folder; --report_to tensorboard writes them",
            ["logging_dir", "tensorboard_dir"]),
        (LastState, ["load_best_model_at_end", "metric_for_best_model", "greater_is_better",
            "early_stopping_patience"]),
        ("an evaluation computes in the type of the training", ["fp16_full_eval", "bf16_full_eval"]),
        ("checkpoints hold adapters alone", ["save_only_model", "save_on_each_node"]),
        (Launched, ["deepspeed", "fsdp", "local_rank", "ddp_find_unused_parameters", "ddp_timeout", "ddp_backend",
            "world_size", "device_map"]),
        ("records are encoded once, before the training", ["dataloader_num_workers", "preprocessing_num_workers",
            "overwrite_cache", "remove_unused_columns", "streaming"]),
        ("a model's code is never run", ["trust_remote_code"]),
        ("tokenizers of every kind are read here", ["use_fast_tokenizer", "tokenizer_name"]),
        ("nothing is uploaded", ["push_to_hub", "hub_model_id", "hub_token"]),
        ("an end token is always learned", ["add_eos_token"]),
        ("Adam's numbers are PyTorch's defaults", ["adam_beta1", "adam_beta2", "adam_epsilon"]),
        ("attention and kernels are chosen by the program", ["torch_compile", "flash_attn", "use_flash_attention_2",
            "attn_implementation"]),
    ];

    /// <summary>What to say of an option that a command does not know; null where no other program has it.</summary>
    /// <param name="name">The option, without dashes.</param>
    /// <param name="dashes">What stands before an option's name where the user wrote it.</param>
    /// <param name="isKnown">Whether the command has an option.</param>
    public static (string Text, string? Name)? Explain(string name, string dashes, Func<string, bool> isKnown)
    {
        name = name.Replace('-', '_').ToLowerInvariant();
        var why = Missing.FirstOrDefault(row => row.Foreign.Contains(name)).Why?.Split("; ")
            .Where(part => Option().Matches(part).All(option => isKnown(option.Groups[1].Value))).ToArray();
        if (why is { Length: > 0 })
        {
            return ($"it has no counterpart here: {string.Join("; ", why)}", null);
        }

        return Called.FirstOrDefault(row => row.Foreign.Contains(name) && isKnown(row.Name)).Name is { } own
            ? ($"it is called '{dashes}{own}' here{Notes.GetValueOrDefault(name)}", own)
            : null;
    }

    /// <summary>All rows, for the tests that hold them against the program's own options.</summary>
    internal static IEnumerable<(string? Own, string Foreign)> All =>
        Called.SelectMany(row => row.Foreign.Select(foreign => ((string?)row.Name, foreign)))
            .Concat(Missing.SelectMany(row => row.Foreign.Select(foreign => ((string?)null, foreign))));

    [GeneratedRegex("--([a-z0-9_]+)")]
    private static partial Regex Option();
}
