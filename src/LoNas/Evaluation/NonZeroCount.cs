using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Evaluation;

/// <summary>
/// Counts the parameters of the whole super-network that are not zero, as the reference reports them.
/// </summary>
public static class NonZeroCount
{
    /// <summary>Counts them; adapters are counted at full rank.</summary>
    public static long Of(IEnumerable<Parameter> parameters)
    {
        long count = 0;
        foreach (var parameter in parameters)
        {
            using var scope = NewDisposeScope();
            count += parameter.detach().count_nonzero().item<long>();
        }

        return count;
    }
}
