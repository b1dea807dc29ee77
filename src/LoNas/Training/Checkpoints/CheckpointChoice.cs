namespace LoNas.Training.Checkpoints;

/// <summary>Which checkpoint a run goes on from.</summary>
/// <param name="Folder">The newest that is whole; null when there is none.</param>
/// <param name="Damaged">Newer ones that are not, newest first: the folder and what is wrong with it.</param>
public sealed record CheckpointChoice(string? Folder, IReadOnlyList<(string Folder, string Problem)> Damaged);
