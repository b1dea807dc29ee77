using TorchSharp;

namespace LoNas.Tests.Support;

/// <summary>Counts this thread's living tensors around an action.</summary>
internal static class TensorCount
{
    public static long Alive => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    /// <summary>Runs an action twice, once to warm caches, and fails if the second run left tensors behind.</summary>
    public static void AssertUnchangedBy(Action action)
    {
        action();
        long before = Alive;
        action();
        Assert.Equal(before, Alive);
    }
}
