using LoNas.Adapters;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Cli.Runs;
using LoNas.Files;
using LoNas.Models;
using static TorchSharp.torch;

namespace LoNas.Cli.Commands;

/// <summary>Counts what a model and its sub-adapters cost, from its config.json alone.</summary>
internal static class InspectCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "inspect", "count parameters and MACs from a config.json alone",
        InspectTable.Table, options => options.Validate(), Run);

    private static int Run(InspectOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        var layout = LinearLayout.Load(ModelLocation.Resolve(
            options.ModelNameOrPath, options.ModelRevision, HubContent.Configuration, console, cancel));
        var configuration = options.NncfConfig is { } path ? NncfConfiguration.Load(path) : null;
        foreach (var warning in configuration?.Warnings ?? [])
        {
            console.Warn(warning);
        }

        var lora = Lora(options, configuration);
        if (lora is not null)
        {
            TargetCheck.Require(lora, layout.Linears.Select(linear => linear.Path), options.ModelNameOrPath);
        }

        var linears = AdaptedLinears.Of(layout, lora);
        var space = configuration is null ? null : SearchSpace.Bind(configuration, linears, (int)layout.Config.HeadSize);
        var report = new InspectReport(layout, ModelCosts.Of(layout.Config, linears, configuration), space)
        {
            TrainingMemory = TrainingMemory(options, layout, linears),
        };
        if (options.Json)
        {
            console.Line(report.ToJson().ToJsonString());
        }
        else
        {
            report.Show(console);
        }

        return ExitCode.Success;
    }

    private static long? TrainingMemory(
        InspectOptions options, LinearLayout layout, IReadOnlyDictionary<string, LinearShape> linears)
    {
        bool isWide = !options.Bf16 && !options.Fp16 && (layout.TypeName is null or "float32");
        return options.PerDeviceTrainBatchSize is { } batch
            ? new MemoryEstimate(layout.Config, linears, isWide ? ScalarType.Float32 : ScalarType.BFloat16)
                .Of(batch, options.CutoffLen, options.GradientCheckpointing)
            : null;
    }

    private static LoraOptions? Lora(InspectOptions options, NncfConfiguration? configuration)
    {
        if (options.TargetModules.Count > 0)
        {
            int? full = configuration?.Groups.FirstOrDefault(group => group.IsRank)?.Widths[0];
            return new LoraOptions { Rank = options.LoraR ?? full ?? 8, TargetModules = options.TargetModules };
        }

        // Which layers have adapters can't be told from the groups alone: one may be cut on its input side only.
        return configuration?.Groups.Any(group => group.Members.Any(member => member.Part != AdapterPart.Base)) == true
            ? throw new ArgumentException(
                $"The {configuration.Origin} cuts adapters; name the layers that have one with --target_modules")
            : null;
    }
}
