using LoNas.Models;
using static TorchSharp.torch;

namespace LoNas.Cli.Evaluate;

/// <summary>Counts the parameters of the whole super-network that are not zero, as the reference reports them.</summary>
internal static class NonZeroCount
{
    public static long Of(ICausalModel model)
    {
        long count = 0;
        foreach (var parameter in model.Parameters)
        {
            using var scope = NewDisposeScope();
            count += parameter.detach().count_nonzero().item<long>();
        }

        return count;
    }
}
