using LoNas.Cli.Options;
using LoNas.Cli.Output;

namespace LoNas.Bench.Generate;

/// <summary>Measures generation against one prompt at a time.</summary>
internal static class BenchGenerateCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "bench generate", "measure how fast text is generated, against one prompt at a time",
        () => BenchGenerateOptions.Table, options => options.Validate(), Run,
        new CommandExample(
            "the sample model, 16 prompts",
            "./lonas bench generate --model_name_or_path samples/model --prompts 16 --dtypes f32"));

    private static int Run(BenchGenerateOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        if (options.Part == BenchPart.All)
        {
            new GenerateBench(options, console).Execute(cancel);
        }
        else
        {
            console.Verbatim(GenerateBenchPart.Measure(options, cancel).ToJsonString());
        }

        return ExitCode.Success;
    }
}
