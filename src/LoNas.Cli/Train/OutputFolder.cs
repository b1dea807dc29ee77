using System.Text.Json.Nodes;
using LoNas.Cli.Output;
using LoNas.Export.Extraction;
using LoNas.Formats;
using LoNas.Reporting;
using LoNas.Storage;
using LoNas.Training.Checkpoints;

namespace LoNas.Cli.Train;

/// <summary>
/// The folder of a training run. A marker file holds the effective options and how far the run came, so that the same
/// command goes on, also for longer, a finished one changes nothing, and another one does not overwrite it unasked.
/// </summary>
internal sealed class OutputFolder
{
    private readonly JsonObject? _testing;
    private RunMarker _marker;

    private OutputFolder(string path, RunMarker marker, JsonObject? testing) =>
        (Path, _marker, _testing) = (path, marker, testing);

    public string Path { get; }

    /// <summary>How far an earlier run of the same command came.</summary>
    public RunStage Stage => _marker.Stage;

    /// <summary>Whether this process writes into the folder; of several that work on the run one does.</summary>
    public bool Writes { get; set; } = true;

    /// <summary>Whether the run in the folder has ended and is made longer, which takes a checkpoint of it.</summary>
    public bool NeedsCheckpoint { get; private init; }

    /// <summary>Whether all that an earlier run wrote there, by its marker, makes way for a new one.</summary>
    public bool StartsAgain => Stage == RunStage.New && File.Exists(System.IO.Path.Combine(Path, RunMarker.FileName));

    /// <summary>Whether the folder has no marker, and what others left there makes way.</summary>
    private bool ReplacesOthers { get; init; }

    /// <summary>Whether the run in the folder was to be shorter or longer.</summary>
    private bool IsOfOtherLength { get; init; }

    /// <summary>Looks at the folder and writes nothing.</summary>
    /// <param name="path">The folder; it need not exist.</param>
    /// <param name="options">The options that make the run what it is.</param>
    /// <param name="testing">Those of its test; null for none. A finished run with another test is only
    /// trained.</param>
    /// <param name="overwrite">Whether files of other runs may be replaced.</param>
    /// <param name="steps">Optimiser steps of a run of this length, by its identity; null where it has none.</param>
    /// <exception cref="ArgumentException">It holds something that must not be overwritten.</exception>
    public static OutputFolder Inspect(
        string path, JsonObject options, JsonObject? testing, bool overwrite, Func<JsonObject, int>? steps = null)
    {
        FolderLock.RequireNoFile(path);
        if (!overwrite && File.Exists(System.IO.Path.Combine(path, RunMarker.FileName)))
        {
            return GoOn(path, RunMarker.Load(path), options, testing, steps);
        }

        var foreign = overwrite || !Directory.Exists(path) ? null
            : OutputEntries.Of(path).FirstOrDefault(OutputEntries.NeedsMarker);
        return foreign is null
            ? new OutputFolder(path, new RunMarker(RunStage.New, options), testing)
            {
                ReplacesOthers = overwrite && !File.Exists(System.IO.Path.Combine(path, RunMarker.FileName)),
            }
            : throw new ArgumentException(
                $"--output_dir '{path}' holds files of no training run that is noted there, such as "
                + $"'{System.IO.Path.GetFileName(foreign)}'; give another folder, or --overwrite to use it");
    }

    /// <summary>
    /// Whether the run in the folder is the one that a command began which named this checkpoint: the same command
    /// again. One of another length is another command.
    /// </summary>
    public bool WentOnFrom(string checkpoint) =>
        Stage != RunStage.New && !IsOfOtherLength && OutputEntries.AreSame(checkpoint, _marker.ResumedFrom);

    /// <summary>Removes what an earlier run wrote into the folder that is to be overwritten.</summary>
    /// <param name="keep">What the run goes on from or reads, which stays; null for none.</param>
    public void Clear(params string?[] keep)
    {
        if (Stage != RunStage.New || !Writes || !Directory.Exists(Path))
        {
            return;
        }

        // Without a marker, files of these names may be another program's: what an adapter has, and results by their
        // look, may not stand beside the new adapter; the rest stays.
        bool isNoted = StartsAgain;
        bool isQuickstart = isNoted && RunMarker.IsOfQuickstart(Path);
        bool IsFormer(string entry) => isNoted
            ? OutputEntries.IsOwn(entry) && OutputEntries.LooksOwn(entry) && (!OutputEntries.IsOfQuickstart(entry)
                || (isQuickstart && (!Directory.Exists(entry) || Extractor.IsOutput(entry))))
            : ReplacesOthers && OutputEntries.LooksOwn(entry)
                && (OutputEntries.IsAdapter(entry) || OutputEntries.IsResult(entry));
        OutputEntries.Remove(OutputEntries.Of(Path)
            .Where(entry => IsFormer(entry) && !keep.Any(kept => OutputEntries.AreSame(entry, kept))));
        if (isNoted)
        {
            TensorBoardLog.RemoveOwn(System.IO.Path.Combine(Path, OutputEntries.EventLogs));
        }
    }

    /// <summary>Notes that the run begins, unless it is under way.</summary>
    /// <param name="named">The checkpoint that the command names; null for none.</param>
    /// <param name="starts">Whether it goes on from no checkpoint at all.</param>
    public void Begin(string? named, bool starts)
    {
        if (Stage == RunStage.New || IsOfOtherLength || starts || (named is not null && !WentOnFrom(named)))
        {
            _marker = _marker with
            {
                ResumedFrom = named is null ? null
                    : System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(named)),
            };
            Advance(RunStage.Training);
        }
    }

    /// <summary>Notes how far the run is.</summary>
    public void Advance(RunStage stage)
    {
        if (_marker.HasFormerResults && stage >= RunStage.Trained && Writes)
        {
            RemoveFormerResults();
        }

        _marker = _marker with { Stage = stage, Testing = stage == RunStage.Finished ? _testing : null };
        if (Writes)
        {
            _marker.Save(Path);
        }
    }

    /// <summary>Writes into a checkpoint which run it is of.</summary>
    public void SaveTo(string checkpoint) => new RunMarker(RunStage.Training, _marker.Options).Save(checkpoint);

    /// <summary>The run that a folder holds, if the command's is the same one or longer.</summary>
    private static OutputFolder GoOn(
        string path, RunMarker earlier, JsonObject options, JsonObject? testing, Func<JsonObject, int>? steps)
    {
        RequireSame(path, earlier.Options, options);
        var (planned, wanted) = (steps?.Invoke(earlier.Options), steps?.Invoke(options));
        bool hasEnded = earlier.Stage >= RunStage.Trained;
        bool isLonger = planned != wanted;
        if (isLonger)
        {
            RequireLonger(path, hasEnded ? planned : TrainingCheckpoint.NewestStep(path), wanted);
        }

        bool tested = testing is null || JsonNode.DeepEquals(earlier.Testing, testing);
        var stage = isLonger ? RunStage.Training
            : earlier.Stage == RunStage.Finished && !tested ? RunStage.Trained : earlier.Stage;
        var marker = new RunMarker(stage, options)
        {
            ResumedFrom = earlier.ResumedFrom,
            HasFormerResults = earlier.HasFormerResults || (isLonger && hasEnded),
        };
        return new OutputFolder(path, marker, testing)
        {
            IsOfOtherLength = isLonger,
            NeedsCheckpoint = isLonger && hasEnded,
        };
    }

    private static void RequireSame(string path, JsonObject before, JsonObject options)
    {
        var different = RunIdentity.Differences(before, options, RunIdentity.IsOfRun);
        if (different.Count > 0)
        {
            throw new ArgumentException(
                $"--output_dir '{path}' holds a run with other options ({string.Join("; ", different)}); give another "
                + "folder, or --overwrite to start again");
        }
    }

    private static void RequireLonger(string path, int? trained, int? wanted)
    {
        if (wanted <= trained)
        {
            throw new ArgumentException(
                $"--output_dir '{path}' holds a run that is trained for {trained} steps, and this one would end at "
                + $"step {wanted}; give a larger --num_train_epochs or --max_steps to go on, another folder, or "
                + "--overwrite to start again");
        }
    }

    /// <summary>What the adapter gave before it was trained on says nothing of it now.</summary>
    private void RemoveFormerResults()
    {
        OutputEntries.Remove(
            OutputEntries.Of(Path).Where(entry => OutputEntries.IsResult(entry) && OwnResults.Are(entry)));
        var training = System.IO.Path.Combine(Path, MetricsFiles.TrainResults);
        JsonOutput.Save(
            System.IO.Path.Combine(Path, MetricsFiles.AllResults), JsonInput.Load(training, "metrics").ToNode());
        _marker = _marker with { HasFormerResults = false };
    }
}
