using LoNas.Adapters;
using LoNas.Cli.Options;

namespace LoNas.Cli.Runs;

/// <summary>The sub-adapter that <c>--sub_adapter</c> chose.</summary>
/// <param name="Name">How results call it: maximal, heuristic, minimal or the file's name.</param>
/// <param name="SubAdapter">Its widths.</param>
internal sealed record ChosenSubAdapter(string Name, SubAdapter SubAdapter)
{
    /// <summary>The choice, by default the heuristic one as the reference tests; null for plain LoRA and base models.</summary>
    /// <exception cref="ArgumentException">A sub-adapter was named and there is no configuration to cut by.</exception>
    public static ChosenSubAdapter? Of(ModelSession session, string? asked)
    {
        if (session.Adapter.Space is { } space)
        {
            var name = asked ?? SubAdapterName.Heuristic;
            return new ChosenSubAdapter(Path.GetFileNameWithoutExtension(name), space.Named(name));
        }

        return asked is null
            ? null
            : throw new ArgumentException("--sub_adapter needs --nncf_config, which says what can be cut");
    }
}
