namespace LoNas.Weights;

/// <summary>A dictionary of a pickle, ordered or not; the keys are text or long.</summary>
internal sealed class PickleDict
{
    public Dictionary<object, object?> Items { get; } = [];
}
