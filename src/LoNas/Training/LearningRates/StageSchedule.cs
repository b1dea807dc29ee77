using LoNas.Formats.Nncf;

namespace LoNas.Training.LearningRates;

/// <summary>Which stage an epoch of training belongs to. The last stage has no end.</summary>
public sealed class StageSchedule
{
    private readonly IReadOnlyList<StageDescription> _stages;

    /// <summary>A schedule of stages that run one after another.</summary>
    /// <exception cref="ArgumentException">There is no stage.</exception>
    public StageSchedule(IReadOnlyList<StageDescription> stages)
    {
        _stages = stages.Count > 0
            ? stages
            : throw new ArgumentException("A stage schedule needs at least one stage", nameof(stages));
        Epochs = stages.Sum(stage => stage.Epochs);
    }

    /// <summary>Epochs of all stages together.</summary>
    public int Epochs { get; }

    /// <summary>The index of the stage of an epoch of training, both from 0.</summary>
    public int IndexAt(int epoch) => Locate(epoch).Index;

    /// <summary>The stage of an epoch of training, from 0.</summary>
    public StageDescription StageAt(int epoch) => _stages[Locate(epoch).Index];

    /// <summary>
    /// The epoch's number within its stage, from 0; it exceeds the stage's epochs past the last stage.
    /// </summary>
    public int EpochInStage(int epoch) => epoch - Locate(epoch).Start;

    private (int Index, int Start) Locate(int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        int start = 0;
        int index = 0;
        while (index < _stages.Count - 1 && epoch >= start + _stages[index].Epochs)
        {
            start += _stages[index].Epochs;
            index++;
        }

        return (index, start);
    }
}
