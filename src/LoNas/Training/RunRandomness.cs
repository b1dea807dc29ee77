using LoNas.Elastic;
using LoNas.Runtime;
using LoNas.Training.Checkpoints;

namespace LoNas.Training;

/// <summary>All random generators of a run, whose states are saved with it and restored.</summary>
internal sealed class RunRandomness
{
    private readonly SuperAdapter _adapter;

    public RunRandomness(long seed, SuperAdapter adapter)
    {
        var seeds = new SeededRandom(seed);
        _adapter = adapter;
        Shuffle = new SeededRandom(seeds.NextSeed());
        Draws = new SeededRandom(seeds.NextSeed());
    }

    /// <summary>The shuffle as it was when the current epoch began.</summary>
    public SeededRandom Shuffle { get; set; }

    /// <summary>Draws sub-adapters.</summary>
    public SeededRandom Draws { get; private set; }

    /// <summary>Copies the generators' states, and the sub-adapter that was drawn last, into a run's state.</summary>
    public void Remember(TrainerState state)
    {
        state.ShuffleState = Shuffle.State;
        state.SubAdapterState = Draws.State;
        state.DropoutSeed = _adapter.DropoutSeed;
        state.ActiveWidths = _adapter.Active?.Widths.ToArray();
    }

    /// <summary>Continues from what <see cref="Remember"/> copied.</summary>
    /// <exception cref="InvalidDataException">
    /// A part is none; the message names its key, and not the checkpoint.
    /// </exception>
    public void Restore(TrainerState state)
    {
        Restore("shuffle_state", () => Shuffle = SeededRandom.FromState(state.ShuffleState));
        Restore("sub_adapter_state", () => Draws = SeededRandom.FromState(state.SubAdapterState));
        _adapter.DropoutSeed = state.DropoutSeed ?? _adapter.DropoutSeed;
        Restore("active_widths", () => _adapter.Activate(
            state.ActiveWidths is { } widths ? new SubAdapter(widths) : null));
    }

    private static void Restore(string key, Action restore)
    {
        try
        {
            restore();
        }
        catch (Exception error) when (error is InvalidDataException or FormatException or ArgumentException
            or InvalidOperationException)
        {
            var reason = error is FormatException ? "it is no text in base 64" : error.Message;
            throw new InvalidDataException($"its {RunStateFile.Name} has no usable '{key}': {reason}", error);
        }
    }
}
