using LoNas.Cli.Flags;
using LoNas.Cli.Options;

namespace LoNas.Cli.Train;

/// <summary>The command of a run, with its flags and their defaults.</summary>
internal sealed record RunCommand(string Name, OptionTable<RunOptions> Table);
