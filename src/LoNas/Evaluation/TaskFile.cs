namespace LoNas.Evaluation;

/// <summary>A task of the user's own: a JSON file, as docs/evaluation.md describes it.</summary>
/// <param name="Path">The file.</param>
/// <param name="DataPath">Its test records.</param>
/// <param name="TrainPath">Its training records; null where it names none.</param>
public sealed record TaskFile(string Path, string DataPath, string? TrainPath)
{
    /// <summary>Reads a task; its data are not touched.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is missing or no JSON, or has wrong fields: all of them are named, with their lines.
    /// </exception>
    public static EvaluationTask Load(string path) => new TaskFileReader(path).Read();
}
