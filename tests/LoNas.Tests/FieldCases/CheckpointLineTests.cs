namespace LoNas.Tests.FieldCases;

/// <summary>
/// Field case continue-training: whatever checkpoints a folder had, a run that goes on from a named one and is
/// interrupted ends like one that is not.
/// </summary>
public sealed class CheckpointLineTests : IDisposable
{
    private const string Out = "out";
    private const string Whole = "whole";

    private static readonly (string, string?) Longest = ("num_train_epochs", "3");

    private readonly TrainedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_AnothersCheckpointIntoAFolderWithLaterOnes_EndsAsUninterrupted(bool namedAgain)
    {
        _folder.Train("own");
        _folder.Train(Out, ("num_train_epochs", "2"), Named("own", 4));
        _folder.Train(Whole, Longest, Named("own", 2));

        var stopped = _folder.Stop("checkpoint-4", Out, Longest, Named("own", 2));

        Assert.Contains(
            $"warning: '{_folder.Folder(Out)}' has checkpoints that this run does not stand on, since it goes on from "
            + $"'{Checkpoint("own", 2)}'; they are removed: checkpoint-6, checkpoint-8\n",
            stopped);
        RequireSameEnd(stopped, namedAgain ? [Longest, Named("own", 2)] : [Longest]);
    }

    /// <summary>One that is killed before its first checkpoint would go on from them.</summary>
    [Fact]
    public void Run_AnothersCheckpointIntoAFolderWithEarlierOnes_KeepsNone()
    {
        _folder.Train("own", ("num_train_epochs", "2"));
        _folder.Train(Out);
        _folder.Train(Whole, Longest, Named("own", 6));

        var stopped = _folder.Stop("checkpoint-8", Out, Longest, Named("own", 6));

        Assert.Contains("they are removed: checkpoint-2, checkpoint-4\n", stopped);
        Assert.Equal([Checkpoint(Out, 8)], Directory.GetDirectories(_folder.Folder(Out), "checkpoint-*"));
        RequireSameEnd(stopped, [Longest, Named("own", 6)]);
    }

    [Theory]
    [InlineData("/", "")]
    [InlineData("", "/")]
    [InlineData("", null)]
    public void Run_EarlierCheckpointOfItsOwnFolder_EndsAsUninterrupted(string first, string? again)
    {
        _folder.Train(Out, ("num_train_epochs", "2"));
        _folder.Copy(Out, Whole);
        _folder.Train(Whole, Longest, Named(Whole, 2));

        var stopped = _folder.Stop("checkpoint-4", Out, Longest, Named(Out, 2, first));

        Assert.Contains("they are removed: checkpoint-4, checkpoint-6, checkpoint-8\n", stopped);
        RequireSameEnd(stopped, again is null ? [Longest] : [Longest, Named(Out, 2, again)]);
    }

    [Fact]
    public void Run_NamedCheckpointGoneByTheLimit_GoesOnAndIsFinishedThen()
    {
        (string, string?) limit = ("save_total_limit", "2");
        _folder.Train(Out, ("num_train_epochs", "2"), limit);
        _folder.Copy(Out, Whole);
        _folder.Train(Whole, Longest, limit, Named(Whole, 6));

        var stopped = _folder.Stop("checkpoint-10", Out, Longest, limit, Named(Out, 6));

        Assert.False(Directory.Exists(Checkpoint(Out, 6)));
        RequireSameEnd(stopped, [Longest, limit, Named(Out, 6)]);
        Assert.StartsWith("finished earlier", _folder.Train(Out, Longest, limit, Named(Out, 6)).Output);
    }

    [Fact]
    public void Run_NamedAgainForLonger_BeginsAtTheNamedOne()
    {
        _folder.Train("own");
        _folder.Train(Out, ("num_train_epochs", "2"), Named("own", 2));
        _folder.Train(Whole, Longest, Named("own", 2));

        Assert.Contains("step 2 of 12", _folder.Train(Out, Longest, Named("own", 2)).Output);

        Assert.Equal(_folder.Adapter(Whole), _folder.Adapter(Out));
    }

    [Fact]
    public void Run_StartedAnewInAFolderWithCheckpoints_EndsAsUninterrupted()
    {
        _folder.Train(Whole, Longest);
        _folder.Stop("checkpoint-6", Out, ("num_train_epochs", "2"));

        var stopped = _folder.Stop("checkpoint-2", Out, Longest, ("resume_from_checkpoint", "False"));

        Assert.Contains("since it starts anew; they are removed: checkpoint-2, checkpoint-4, checkpoint-6\n", stopped);
        RequireSameEnd(stopped, [Longest]);
    }

    [Fact]
    public void Run_FinishedAndEveryCheckpointDamaged_DoesNotSayThatItStarts()
    {
        _folder.Train(Out);
        foreach (var checkpoint in Directory.GetDirectories(_folder.Folder(Out), "checkpoint-*"))
        {
            File.WriteAllText(Path.Combine(checkpoint, "optimizer.bin"), "");
        }

        var error = _folder.Refused(_folder.Line(Out, Longest));

        Assert.Contains($"warning: the checkpoint '{Checkpoint(Out, 4)}' is damaged and is passed over", error);
        Assert.Contains("holds a run that has ended, without a checkpoint to go on from", error);
        Assert.DoesNotContain("starts", error);
    }

    /// <summary>Goes on with the stopped run, from where it said, to the end of the one that was not.</summary>
    private void RequireSameEnd(string stopped, (string Flag, string? Value)[] again)
    {
        var kept = stopped.Split("error: interrupted: '")[1].Split('\'')[0];
        var run = _folder.Train(Out, again);

        Assert.Contains($"going on from {kept}, step ", run.Output);
        Assert.DoesNotContain("removed", run.Error);
        Assert.Equal(_folder.Adapter(Whole), _folder.Adapter(Out));
        Assert.Equal(_folder.State(Whole), _folder.State(Out));
    }

    private (string, string?) Named(string run, int step, string end = "") =>
        ("resume_from_checkpoint", Checkpoint(run, step) + end);

    private string Checkpoint(string run, int step) => Path.Combine(_folder.Folder(run), $"checkpoint-{step}");
}
