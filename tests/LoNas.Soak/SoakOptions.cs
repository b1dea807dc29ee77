using System.Globalization;

namespace LoNas.Soak;

/// <summary>The number of kills of each kind.</summary>
/// <param name="Kills">Kills of training, once in float32 and once in bfloat16; 30 by default.</param>
/// <param name="Glue">Kills of a classifier's training with its search and evaluation; 30 by default.</param>
/// <param name="Chats">Kills of a training on conversations with its search; 30 by default.</param>
/// <param name="Searches">Kills of a search; 10 by default.</param>
/// <param name="Tests">Kills of a test; 10 by default.</param>
/// <param name="Pairs">How often two processes are started on one folder at the same time; 10 by default.</param>
/// <param name="Workers">Kills of each of three workers of a search, in a folder and in a database; 10 by
/// default.</param>
/// <param name="Ranks">
/// Kills of a rank of three, after trainings by 1, 2 and 4 ranks are compared; 20 by default.
/// </param>
/// <param name="Seed">The seed for the moments of the kills; 1 by default.</param>
internal sealed record SoakOptions(
    int Kills = 30, int Glue = 30, int Chats = 30, int Searches = 10, int Tests = 10, int Pairs = 10,
    int Workers = 10, int Ranks = 20, int Seed = 1)
{
    public const string Usage =
        "soak [--kills N] [--glue N] [--chats N] [--searches N] [--tests N] [--pairs N] [--workers N] [--ranks N] "
        + "[--seed S]";

    /// <exception cref="ArgumentException">An unknown option, or a value that is not a number.</exception>
    public static SoakOptions Parse(string[] args)
    {
        var options = new SoakOptions();
        for (int i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || !int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out int value)
                || value < 0)
            {
                throw new ArgumentException($"'{args[i]}' needs a number from 0 on; {Usage}");
            }

            options = args[i] switch
            {
                "--kills" => options with { Kills = value },
                "--glue" => options with { Glue = value },
                "--chats" => options with { Chats = value },
                "--searches" => options with { Searches = value },
                "--tests" => options with { Tests = value },
                "--pairs" => options with { Pairs = value },
                "--ranks" => options with { Ranks = value },
                "--workers" => options with { Workers = value },
                "--seed" => options with { Seed = value },
                _ => throw new ArgumentException($"unknown option '{args[i]}'; {Usage}"),
            };
        }

        return options;
    }
}
