using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Elastic;
using LoNas.Evaluation;
using LoNas.Formats.Nncf;
using LoNas.Hub;
using LoNas.Models;
using static TorchSharp.torch;

namespace LoNas.Cli.Inspect;

/// <summary>Counts what a model and its sub-adapters cost, from its config.json alone.</summary>
internal static class InspectCommand
{
    public static CommandDefinition Definition { get; } = CommandDefinition.Create(
        "inspect", "count parameters and MACs from a config.json alone",
        () => InspectOptions.Table, options => options.Validate(), Run,
        new(
            "what the sub-adapters of the sample model cost",
            "./lonas inspect --model_name_or_path samples/model --nncf_config samples/nncf_lonas_quickstart.json"),
        new(
            "the memory of training LLaMA-7B, with four records in a micro-batch",
            "./lonas inspect --model_name_or_path yahma/llama-7b-hf"
            + " --nncf_config configs/unified_math/nncf_lonas_llama_7b.json"
            + " --per_device_train_batch_size 4"));

    private static int Run(InspectOptions options, ConsoleReporter console, CancellationToken cancel)
    {
        var layout = LinearLayout.Load(ModelOpening.Locate(
            options.Model, HubContent.Configuration, console, cancel));
        var configuration = options.Adapter.NncfConfig is { } path ? NncfConfiguration.Load(path) : null;
        foreach (var warning in configuration?.Warnings ?? [])
        {
            console.Warn(warning);
        }

        var lora = Lora(options, configuration, layout);
        if (lora is not null && (options.TargetModules.Count > 0 || options.Limits.IsGiven))
        {
            AdaptedLinears.RequireTargets(layout.Linears.Select(linear => linear.Path), lora,
                options.Model.ModelNameOrPath);
        }

        var linears = AdaptedLinears.Of(layout, lora);
        var space = configuration is null ? null : configuration.Bind(linears, (int)layout.Config.HeadSize);
        if (lora is not null && options.TargetModules.Count == 0)
        {
            // Not every adapter is in a group, so that this is a guess, if a good one.
            console.OnError().Line(
                $"counted as if it were --target_modules {string.Join(',', lora.TargetModules)}{options.Limits}");
        }

        var report = new InspectReport(
            layout,
            CostModel.Of(layout.Config, linears, configuration?.SampleTokens ?? CostModel.TokensOf(layout.Config)),
            space)
        {
            TrainingMemory = TrainingMemory(options, layout, linears),
        };
        if (options.Json)
        {
            console.Verbatim(report.ToJson().ToJsonString());
        }
        else
        {
            report.Show(console);
            Next(options, configuration, layout).Show(console);
        }

        return ExitCode.Success;
    }

    private static NextStep Next(InspectOptions options, NncfConfiguration? configuration, LinearLayout layout)
    {
        var lora = Lora(options, configuration, layout);
        return configuration is null
            ? options.Limits.Give(NextSteps.MakeConfig(options.Model, layout, options.TargetModules))
            : layout.TrainedHead is not null || lora is null ? NextSteps.Inspect(options.Model)
            : options.Limits.Give(NextSteps.Train(
                options.Model, TaskSuite.Math, options.Adapter.NncfConfig!, lora.Rank, lora.TargetModules))
                // What the memory was told for.
                .Give("per_device_train_batch_size", options.PerDeviceTrainBatchSize is { } batch ? $"{batch}" : null)
                .Switch("gradient_checkpointing", options.GradientCheckpointing);
    }

    private static long? TrainingMemory(
        InspectOptions options, LinearLayout layout, IReadOnlyDictionary<string, LinearShape> linears)
    {
        if (options.PerDeviceTrainBatchSize is not null && layout.TrainedHead is not null)
        {
            throw new ArgumentException(
                $"--per_device_train_batch_size: the memory of training a {layout.Config.ModelType} classifier is not "
                + "told here; leave the option out");
        }

        bool isWide = (options.Model.ElementType
            ?? (layout.TypeName is null or "float32" ? ScalarType.Float32 : ScalarType.BFloat16)) == ScalarType.Float32;
        return options.PerDeviceTrainBatchSize is { } batch
            ? new MemoryEstimate(layout.Config, linears, isWide ? ScalarType.Float32 : ScalarType.BFloat16)
                .Of(batch, options.CutoffLen, options.GradientCheckpointing)
            : null;
    }

    private static LoraOptions? Lora(InspectOptions options, NncfConfiguration? configuration, LinearLayout layout)
    {
        var targets = options.TargetModules.Count > 0 || configuration is null
            ? options.TargetModules
            : configuration.TargetsOf(layout);
        var lora = new LoraOptions();
        return targets.Count == 0 ? null : options.Limits.Apply(TargetNames.Of(
            lora with { Rank = options.LoraR ?? configuration?.FullRank ?? lora.Rank }, targets));
    }
}
