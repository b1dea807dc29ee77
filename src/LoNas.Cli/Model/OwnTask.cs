using LoNas.Cli.Flags;
using LoNas.Evaluation;

namespace LoNas.Cli.Model;

/// <summary>Puts the task that <c>--task_file</c> names in place of a command's sets.</summary>
internal static class OwnTask
{
    /// <summary>
    /// The options with the task's training records, and a suite of it alone; as they were without one.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is wrong, or nothing names the records to train on.</exception>
    public static (RunOptions Options, TaskSuite Suite) Apply(RunOptions options, TaskSuite suite)
    {
        if (options.Data.TaskFile is not { } path)
        {
            return (options, suite);
        }

        var task = TaskFileReader.Read(path);
        var data = options.Data.DatasetPath ?? task.File!.TrainPath;
        return (options.Training.DoTrain || options.Search.DoSearch) && data is null
            ? throw new InvalidDataException(
                $"The task file '{path}' has no 'train_data' and --dataset_path is not given; "
                + "one of them must name the training records")
            : (options with { Data = options.Data with { DatasetPath = data } }, TaskSuite.Of(task));
    }
}
