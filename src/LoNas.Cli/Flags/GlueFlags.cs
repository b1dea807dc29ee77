using LoNas.Cli.Options;
using LoNas.Evaluation.Glue;

namespace LoNas.Cli.Flags;

/// <summary>The texts that a classifier learns and is judged by; names and defaults are the reference's.</summary>
internal sealed record GlueFlags
{
    /// <summary>Null: the files of the user's own.</summary>
    public string? TaskName { get; init; }

    public string GlueDir { get; init; } = Path.Combine("datasets", "glue");

    public string? TrainFile { get; init; }

    public string? ValidationFile { get; init; }

    public string? TestFile { get; init; }

    public EncodingFlags Encoding { get; init; } = new();

    public int MaxSeqLength { get; init; } = 128;

    public bool PadToMaxLength { get; init; } = true;

    public int? MaxTrainSamples { get; init; }

    public int? MaxEvalSamples { get; init; }

    public int? MaxPredictSamples { get; init; }

    public bool DoPredict { get; init; }

    /// <summary>The task of GLUE; null for the user's own.</summary>
    public GlueTask? Task => TaskName is null ? null : GlueTask.All.FirstOrDefault(task => task.Name == Lower);

    /// <summary>Whether anything says what is learned.</summary>
    public bool NamesTexts => TaskName is not null || TrainFile is not null;

    private string? Lower => TaskName?.ToLowerInvariant();

    public static void Rows(OptionTable<GlueFlags> table) => table
        .Group("Data")
        .Add("task_name", OptionValues.Text("NAME") with { Choices = [.. GlueTask.All.Select(task => task.Name)] },
            o => o.TaskName, (o, v) => o with { TaskName = v },
            $"task of GLUE: {string.Join(", ", GlueTask.All.Select(task => task.Name))}; without it --train_file and "
            + "the other two are read")
        .Add("glue_dir", OptionValues.Text("DIR"), o => o.GlueDir, (o, v) => o with { GlueDir = v ?? "" },
            "folder of GLUE's tasks: MRPC/train.tsv as GLUE has them, or mrpc/train-*.parquet or .jsonl as the hub "
            + "does; 'lonas data glue' gets them")
        .Add("train_file", OptionValues.Text("FILE"), o => o.TrainFile, (o, v) => o with { TrainFile = v },
            "texts of your own to train on, as CSV, TSV, JSON, JSON Lines or Parquet: column label, and sentence1 and "
            + "sentence2 or one or two others")
        .Add("validation_file", OptionValues.Text("FILE"), o => o.ValidationFile,
            (o, v) => o with { ValidationFile = v }, "the same to be judged by")
        .Add("test_file", OptionValues.Text("FILE"), o => o.TestFile, (o, v) => o with { TestFile = v },
            "the same to predict, for which labels are not needed")
        .Part(o => o.Encoding, (o, v) => o with { Encoding = v }, EncodingFlags.Rows)
        .Add("max_seq_length", OptionValues.Integer, o => o.MaxSeqLength, (o, v) => o with { MaxSeqLength = v },
            "most tokens of a text or pair; the longer text of a pair is cut first")
        .Add("pad_to_max_length", OptionValues.Switch, o => o.PadToMaxLength,
            (o, v) => o with { PadToMaxLength = v },
            "pad training batches to --max_seq_length; False: to the batch's longest, which is faster and learns the "
            + "same")
        .Add("max_train_samples", OptionValues.OptionalInteger, o => o.MaxTrainSamples,
            (o, v) => o with { MaxTrainSamples = v }, "train on the first N texts only", "all")
        .Add("max_eval_samples", OptionValues.OptionalInteger, o => o.MaxEvalSamples,
            (o, v) => o with { MaxEvalSamples = v }, "judge by the first N validation texts only", "all")
        .Add("max_predict_samples", OptionValues.OptionalInteger, o => o.MaxPredictSamples,
            (o, v) => o with { MaxPredictSamples = v }, "predict the first N test texts only", "all");

    /// <summary>What makes another test, but not another training.</summary>
    public static void TestRows(OptionTable<GlueFlags> table) => table
        .Add("do_predict", OptionValues.Switch, o => o.DoPredict, (o, v) => o with { DoPredict = v },
            "write what the sub-adapter says of the test texts");

    /// <summary>Notes what is wrong with the values.</summary>
    public void Check(OptionProblems problems)
    {
        Encoding.Check(problems);
        bool hasFiles = (TrainFile ?? ValidationFile ?? TestFile) is not null;
        var near = TaskName is null ? null : NearestName.Find(Lower!, [.. GlueTask.All.Select(task => task.Name)]);
        problems
            .When(TaskName is not null && Task is null,
                $"--task_name is '{TaskName}'; {(near is null ? "" : $"did you mean '{near}'? ")}allowed: "
                + string.Join(", ", GlueTask.All.Select(task => task.Name)), "task_name")
            .When(TaskName is not null && hasFiles,
                "--task_name names a task of GLUE, and --train_file, --validation_file and --test_file are texts of "
                + "your own; give one of the two", "task_name", "train_file", "validation_file", "test_file")
            .AtLeast("max_seq_length", MaxSeqLength, 4)
            .AtLeast("max_train_samples", MaxTrainSamples, 1)
            .AtLeast("max_eval_samples", MaxEvalSamples, 1)
            .AtLeast("max_predict_samples", MaxPredictSamples, 1);
    }
}
