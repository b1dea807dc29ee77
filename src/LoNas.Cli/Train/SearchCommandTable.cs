using LoNas.Cli.Flags;
using LoNas.Cli.Options;

namespace LoNas.Cli.Train;

/// <summary>The flags of <c>search</c>: those of <c>run-math</c> that a search of a trained adapter takes.</summary>
internal static class SearchCommandTable
{
    private const string Answers = "Answers";

    private static readonly string[] Others =
    [
        "model_name_or_path", "model_revision", "hub_timeout", "dtype", "bf16", "fp16", "device", "tf32",
        "dataset_path", "task_file", "encoding", "cutoff_len",
        "val_set_size", "train_on_inputs", "lora_weights", "nncf_config", "num_beams", "max_new_tokens",
        "per_device_train_batch_size", "per_device_eval_batch_size",
        "output_dir", "overwrite", "dry_run", "verbose", "exact", "threads", "dist", "dist_timeout",
    ];

    public static OptionTable<RunOptions> Table { get; } = RunOptions.Table.Only(
        new RunOptions
        {
            NewAdapter = new NewAdapterFlags { Lora = true },
            Search = new SearchFlags { DoSearch = true },
        },
        [.. Others, .. RunOptions.Table.Specs
            .Where(spec => spec.Group == SearchFlags.Heading && spec.Name != "do_search").Select(spec => spec.Name)])
        .Part(o => o.Search, (o, v) => o with { Search = v }, SearchFlags.WorkersRow)
        .Reword("dataset_path",
            "what the adapter was trained on: records {instruction, input, output} as JSON or JSON Lines, or what "
            + "'lonas train' takes; --val_set_size of them judge. Needed unless --task_file names train_data")
        .Reword("task_file",
            "a task of your own that the records are judged by, as docs/evaluation.md describes it; its train_data "
            + "stand for --dataset_path")
        .Reword(
            "cutoff_len", "most tokens of a record with --search_metric loss; longer ones are cut",
            "as the adapter was trained, or 256")
        .Reword("val_set_size",
            "records that judge the sub-adapters. The number of the training takes those that it set aside; another "
            + "takes some that it learned", isRequired: true)
        .Reword("train_on_inputs", "with --search_metric loss, count the prompt's tokens too; False: the output's only",
            "as the adapter was trained, or True")
        .Reword("lora_weights", "PEFT folder of the trained adapter, or its hub name", isRequired: true)
        .Reword("nncf_config", "search space of the super-adapter", "the one that lonas.json beside the adapter names")
        .Reword("per_device_train_batch_size", "records at once with --search_metric loss", group: "Data")
        .Reword("num_beams", "beams of an answer with --search_metric accuracy; 1: greedy", group: Answers)
        .Reword("max_new_tokens", "most tokens of an answer", "256; 32 for commonsense", group: Answers)
        .Reword("per_device_eval_batch_size",
            "records answered at once; answers do not depend on it", group: Answers)
        .Reword("output_dir",
            "folder for evaluations, front and plot; an interrupted search goes on from there", isRequired: true)
        .Reword("overwrite", "start again in a folder that holds another search or other files")
        .Reword("dry_run", "print effective options, parameters and what would be evaluated; search and write nothing");
}
