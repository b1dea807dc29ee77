using LoNas.Cli.Flags;
using LoNas.Cli.Output;
using LoNas.Generation;

namespace LoNas.Cli.Model;

/// <summary>How a model's chats are generated: by flags, and by what its own files say where no flag does.</summary>
internal static class ModelSampling
{
    private const string Source = "generation_config.json";

    /// <summary>The options, and a line for what of them is the model's own.</summary>
    /// <param name="flags">The flags.</param>
    /// <param name="model">The model.</param>
    /// <param name="length">Most new tokens where nothing says how many.</param>
    /// <param name="seed">Sets the draws.</param>
    /// <param name="console">Is told what is taken, and what is not.</param>
    public static GenerationOptions Of(
        SamplingFlags flags, ElasticModel model, int length, long seed, ConsoleReporter console)
    {
        var defaults = GenerationDefaults.Load(model.Folder.Path);
        var options = flags.Settings(defaults, length, seed);
        if (flags.Taken(defaults) is { Length: > 0 } taken)
        {
            console.OnError().Line($"from {Source}: {taken}");
        }

        if (options.Sampling is null && flags.DoSample is null && defaults.SaysHow)
        {
            console.Warn(
                $"{Source} says how tokens are drawn and has no do_sample: the best token is taken each time, as "
                + "Transformers does (--do_sample draws)");
        }

        if (defaults.NotFollowed.Count > 0)
        {
            console.Warn(
                $"{Source} has {string.Join(", ", defaults.NotFollowed)}, which is not supported here: the text is "
                + "generated without");
        }

        return options;
    }

    /// <summary>Warns of tokens past the positions that a model was trained for.</summary>
    public static void WarnIfLong(this ElasticModel model, int tokens, ConsoleReporter console)
    {
        if (tokens > model.Folder.Config.MaxPositions)
        {
            console.Warn(
                $"prompt and new text take {tokens} tokens, which go past the {model.Folder.Config.MaxPositions} "
                + "positions the model was trained for");
        }
    }
}
