using LoNas.Cli.Options;
using LoNas.Cli.Output;

namespace LoNas.Cli.Quickstart;

/// <summary>Shows the whole path on the committed sample model and data.</summary>
internal static class QuickstartCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "quickstart", "train and test the committed sample model, in under three minutes",
        () => QuickstartOptions.Table, options => options.Validate(), (options, console, cancel) =>
        {
            Interruption.Explain(
                () => new QuickstartRun(options, console).Execute(cancel),
                () => $"what was finished is kept in '{options.Output.OutputDir}'; the same command goes on");
            return ExitCode.Success;
        },
        new(
            "train, search, test and export in out/quickstart",
            "./lonas quickstart"),
        new(
            "another seed, in another folder",
            "./lonas quickstart --output_dir out/seed7 --seed 7"));
}
