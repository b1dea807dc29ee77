using LoNas.Elastic;
using LoNas.Runtime;

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
        state.DropoutState = Convert.ToBase64String(_adapter.RandomState);
        state.ActiveWidths = _adapter.Active?.Widths.ToArray();
    }

    /// <summary>Continues from what <see cref="Remember"/> copied.</summary>
    public void Restore(TrainerState state)
    {
        Shuffle = SeededRandom.FromState(state.ShuffleState);
        Draws = SeededRandom.FromState(state.SubAdapterState);
        _adapter.RandomState = Convert.FromBase64String(state.DropoutState);
        _adapter.Activate(state.ActiveWidths is { } widths ? new SubAdapter(widths) : null);
    }
}
