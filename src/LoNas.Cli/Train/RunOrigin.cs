using System.Text.Json.Nodes;
using LoNas.Cli.Flags;
using LoNas.Errors;
using LoNas.Training.Checkpoints;

namespace LoNas.Cli.Train;

/// <summary>
/// The run that a checkpoint is of, for going on from it in another folder: what changes the numbers must be the same.
/// </summary>
internal static class RunOrigin
{
    /// <summary>
    /// Checks the checkpoint that a command names; nothing where it names none, or where the run has begun from it and
    /// may have removed it since.
    /// </summary>
    /// <param name="options">The command's.</param>
    /// <param name="identity">What makes its run what it is.</param>
    /// <param name="output">What its folder holds; null for none.</param>
    /// <exception cref="InvalidDataException">It is none, or of a run with other data or options.</exception>
    public static void Require(RunOptions options, JsonObject identity, OutputFolder? output)
    {
        if (options.Checkpoints.NamedCheckpoint is not { } checkpoint || output?.WentOnFrom(checkpoint) == true)
        {
            return;
        }

        TrainingCheckpoint.RequireOwn(checkpoint);
        // Those of earlier versions say nothing themselves, and the run that they stand in may.
        var marked = new[] { checkpoint, Path.Combine(checkpoint, "..") }
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, RunMarker.FileName)));
        var different = marked is null ? [] : RunIdentity.Differences(
            RunMarker.Load(marked).Options, identity, RunIdentity.ChangesNumbers);
        if (different.Count > 0)
        {
            throw new InvalidDataException(
                $"The checkpoint '{checkpoint}' is of a run with other data or options "
                + $"({string.Join("; ", different)}); give the same ones, or start a new run from its weights as the "
                + "adapter")
                .About(Setting.Adapter);
        }
    }
}
