using LoNas.Cli.Options;
using LoNas.Data;
using LoNas.Evaluation;

namespace LoNas.Cli.Flags;

/// <summary>The records that are trained on, set aside for validation and tested on.</summary>
internal sealed record DataFlags
{
    public string? DatasetPath { get; init; }

    /// <summary>A task of the user's own in place of the command's sets.</summary>
    public string? TaskFile { get; init; }

    public string DatasetsDir { get; init; } = "datasets";

    public EncodingFlags Encoding { get; init; } = new();

    public int CutoffLen { get; init; } = 256;

    public int ValSetSize { get; init; }

    public bool TrainOnInputs { get; init; } = true;

    /// <summary>Which of these were given; the others may follow what the adapter was trained with.</summary>
    public bool SaysTrainOnInputs { get; init; }

    public bool SaysCutoffLen { get; init; }

    public int? MaxTrainSamples { get; init; }

    public int? MaxTestSamples { get; init; }

    /// <summary>Whether anything says which records are trained on; a task file may turn out not to.</summary>
    public bool NamesRecords => DatasetPath is not null || TaskFile is not null;

    /// <summary>How records become examples.</summary>
    /// <param name="suite">Whose prompts are trained; null: the usual ones.</param>
    public DataOptions ToOptions(TaskSuite? suite = null) => new()
    {
        CutoffLength = CutoffLen,
        TrainOnInputs = TrainOnInputs,
        ValidationSize = ValSetSize,
        MaxTrainingRecords = MaxTrainSamples,
        Prompt = suite?.TrainingPrompt,
    };

    /// <param name="table">The flags.</param>
    /// <param name="suite">Whose sets are tested.</param>
    public static void Rows(OptionTable<DataFlags> table, TaskSuite suite) => table
        .Group("Data")
        .Add("dataset_path", OptionValues.Text("FILE"), o => o.DatasetPath, (o, v) => o with { DatasetPath = v },
            "records {instruction, input, output} to train on, as JSON or JSON Lines; None: none. --do_train and "
            + "--do_search need them")
        .Add("task_file", OptionValues.Text("FILE"), o => o.TaskFile, (o, v) => o with { TaskFile = v },
            "a task of your own in place of the sets, as docs/evaluation.md describes it; "
            + "its train_data stand for --dataset_path")
        .Add("datasets_dir", OptionValues.Text("DIR"), o => o.DatasetsDir, (o, v) => o with { DatasetsDir = v ?? "" },
            $"folder of the test sets: SET/test.json for {string.Join(", ", suite.Tasks.Select(task => task.Name))}")
        .Part(o => o.Encoding, (o, v) => o with { Encoding = v }, EncodingFlags.Rows)
        .Add("cutoff_len", OptionValues.Integer, o => o.CutoffLen,
            (o, v) => o with { CutoffLen = v, SaysCutoffLen = true },
            "most tokens of a training record; longer ones are cut")
        .Add("val_set_size", OptionValues.Integer, o => o.ValSetSize, (o, v) => o with { ValSetSize = v },
            "records of --dataset_path set aside for validation")
        .Add("train_on_inputs", OptionValues.Switch, o => o.TrainOnInputs,
            (o, v) => o with { TrainOnInputs = v, SaysTrainOnInputs = true },
            "learn the prompt's tokens too; False: those of the output only")
        .Add("max_train_samples", OptionValues.OptionalInteger, o => o.MaxTrainSamples,
            (o, v) => o with { MaxTrainSamples = v }, "train on the first N records only", "all")
        .Add("max_test_samples", OptionValues.OptionalInteger, o => o.MaxTestSamples,
            (o, v) => o with { MaxTestSamples = v }, "test on the first N records of each set only", "all")
        .Also("limit");

    /// <summary>Notes what is wrong with the values.</summary>
    public void Check(OptionProblems problems)
    {
        Encoding.Check(problems);
        problems
            .AtLeast("cutoff_len", CutoffLen, 2)
            .AtLeast("val_set_size", ValSetSize, 0)
            .AtLeast("max_train_samples", MaxTrainSamples, 1)
            .AtLeast("max_test_samples", MaxTestSamples, 1);
    }
}
