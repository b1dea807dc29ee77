using LoNas.Cli.Flags;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Cli.Ranks;
using LoNas.Evaluation;

namespace LoNas.Cli.Train;

/// <summary>Searches the sub-adapters of a trained adapter, as the training commands do with --do_search.</summary>
internal static class SearchCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "search", "search the sub-adapters of a trained adapter for small and good ones",
        () => SearchCommandTable.Table, options => options.Validate(), Run,
        new(
            "after the quickstart, a search of 24 sub-adapters by the loss",
            "./lonas search --model_name_or_path samples/model --lora_weights out/quickstart"
            + " --dataset_path samples/datasets/word_problems/train.json --val_set_size 48 --train_on_inputs False"
            + " --search_metric loss --num_evals 24 --population 8 --output_dir out/search"),
        new(
            "the same by right answers, against the latency of this machine",
            "./lonas search --model_name_or_path samples/model --lora_weights out/quickstart"
            + " --task_file samples/word_problems.json --val_set_size 48 --search_cost latency"
            + " --num_evals 24 --population 8 --output_dir out/search-latency"),
        new(
            "by as many workers as you start; 'lonas status out/search-shared' shows them",
            "./lonas search --model_name_or_path samples/model --lora_weights out/quickstart"
            + " --dataset_path samples/datasets/word_problems/train.json --val_set_size 48 --train_on_inputs False"
            + " --search_metric loss --num_evals 24 --population 8 --output_dir out/search-shared --workers shared"));

    private static int Run(RunOptions options, ConsoleReporter console, CancellationToken cancel) =>
        RankRun.Execute(options.Distributed, console, (session, shown) =>
        {
            using var run = RunStages.Meet(
                options, new("search", SearchCommandTable.Table, TaskSuite.Math), session, shown, cancel);
            run?.Search(cancel);
            run?.ShowNext();
            return ExitCode.Success;
        });
}
