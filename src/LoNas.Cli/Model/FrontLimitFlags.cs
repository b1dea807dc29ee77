using LoNas.Cli.Options;

namespace LoNas.Cli.Model;

/// <summary>The flags that choose a sub-adapter of a front by what it costs or can do, alike in every command that has them.</summary>
internal static class FrontLimitFlags
{
    public static OptionTable<T> AddFrontLimits<T>(
        this OptionTable<T> table,
        Func<T, double?> getMaxMacs,
        Func<T, double?, T> setMaxMacs,
        Func<T, double?> getMinAccuracy,
        Func<T, double?, T> setMinAccuracy) => table
        .Add("max_macs", OptionValues.OptionalAmount, getMaxMacs, setMaxMacs,
            "of the front that --sub_adapter names, the best sub-adapter of at most so many MACs, such as 1.2T",
            "none; the front is by default the adapter's own")
        .Add("min_accuracy", OptionValues.OptionalNumber, getMinAccuracy, setMinAccuracy,
            "of the front, the smallest sub-adapter of at least this validation accuracy, such as 0.6");
}
