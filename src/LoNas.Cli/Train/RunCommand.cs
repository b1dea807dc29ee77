using LoNas.Cli.Flags;
using LoNas.Cli.Options;
using LoNas.Evaluation;

namespace LoNas.Cli.Train;

/// <summary>The command of a run, with its flags and their defaults.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Table">Its flags.</param>
/// <param name="Suite">What it trains a language model for; null: it trains a classifier.</param>
internal sealed record RunCommand(string Name, OptionTable<RunOptions> Table, TaskSuite? Suite);
