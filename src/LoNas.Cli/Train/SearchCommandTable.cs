using LoNas.Cli.Flags;
using LoNas.Cli.Options;

namespace LoNas.Cli.Train;

/// <summary>The flags of <c>search</c>: those of <c>run-math</c> that a search of a trained adapter takes.</summary>
internal static class SearchCommandTable
{
    private static readonly string[] Others =
    [
        "model_name_or_path", "model_revision", "hub_timeout", "bf16", "fp16", "device", "tf32",
        "dataset_path", "task_file", "encoding", "cutoff_len",
        "val_set_size", "train_on_inputs", "lora_weights", "nncf_config", "num_beams", "max_new_tokens",
        "per_device_train_batch_size", "per_device_eval_batch_size",
        "output_dir", "overwrite", "dry_run", "verbose", "exact", "threads",
    ];

    public static OptionTable<RunMathOptions> Table { get; } = RunMathOptions.Table.Only(
        new RunMathOptions
        {
            NewAdapter = new NewAdapterFlags { Lora = true },
            Search = new SearchFlags { DoSearch = true },
        },
        [.. Others, .. RunMathOptions.Table.Specs
            .Where(spec => spec.Group == SearchFlags.Heading && spec.Name != "do_search").Select(spec => spec.Name)]);
}
