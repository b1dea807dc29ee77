using LoNas.Elastic;

namespace LoNas.Cli.Train;

/// <summary>Turns the command's flags into a fresh adapter's options.</summary>
internal static class LoraSettings
{
    public static LoraOptions Of(RunMathOptions options) => new()
    {
        Rank = options.LoraR,
        Alpha = options.LoraAlpha,
        Dropout = options.LoraDropout,
        TargetModules = options.TargetModules,
    };
}
