using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Data;
using LoNas.Elastic;
using LoNas.Storage;
using LoNas.Training;

namespace LoNas.Cli.Train;

/// <summary>Shows what a command would do: options, data, parameters, evaluations, memory and steps.</summary>
internal static class DryRunReport
{
    private const int Bins = 8;
    private const int BarWidth = 40;

    /// <summary>Columns of the histogram before its bars.</summary>
    private const int BarIndent = 24;

    /// <param name="options">The command's options.</param>
    /// <param name="model">The model's shapes.</param>
    /// <param name="data">What would be trained on; null where nothing is.</param>
    /// <param name="search">The search in words; null where there is none.</param>
    /// <param name="console">Where it is shown.</param>
    public static void Show(
        RunMathOptions options, ElasticModel model, TrainingData? data, string? search, ConsoleReporter console)
    {
        console.Line("effective options:");
        console.Verbatim(RunMathOptions.Table.ToJson(options).ToJsonString(JsonOutput.Indented));
        console.Line($"device: {model.Device}, base in {model.DType.ToString().ToLowerInvariant()}");
        ShowCosts(model, console);
        if (search is not null)
        {
            console.Line(search);
        }

        if (data is null)
        {
            return;
        }

        ShowLengths(data, options, console);
        var plan = TrainingPlan.For(data.Training.Count, TrainingSettings.Of(options));
        console.Line(
            Text($"steps: {plan.MaxSteps} optimiser steps over {plan.EpochCount} epochs ")
            + Text($"of {plan.MicroStepsPerEpoch} micro-batches"));
        int longest = data.Training.Max(example => example.InputIds.Length);
        long bytes = MemoryEstimate.Of(model)
            .Of(options.Training.PerDeviceTrainBatchSize, longest, options.Training.GradientCheckpointing);
        var kind = model.Device.type == TorchSharp.DeviceType.CPU ? "resident" : $"of {model.Device}";
        console.Line(Text($"expected memory: about {bytes / (double)(1 << 30):0.0} GiB {kind}"));
    }

    private static void ShowCosts(ElasticModel model, ConsoleReporter console)
    {
        var rows = new List<string[]> { Row("full", model.Costs.Full()) };
        if (model.Space is { } space)
        {
            rows.Add(Row("heuristic", model.Costs.Of(space, space.Heuristic)));
            rows.Add(Row("minimal", model.Costs.Of(space, space.Minimal)));
            console.Line(Text($"search space: {space.Groups.Count} groups"));
        }

        console.Table(null, ["model", "parameters", "adapter", "MACs"], rows);

        static string[] Row(string name, ModelCost cost) =>
            [name, Text($"{cost.TotalParameters:N0}"), Text($"{cost.LoraParameters:N0}"), Text($"{cost.Macs:N0}")];
    }

    private static void ShowLengths(TrainingData data, RunMathOptions options, ConsoleReporter console)
    {
        var lengths = data.Encoded.UncutLengths;
        int widest = lengths.Max();
        int step = Math.Max(8, (widest + (Bins * 8)) / Bins / 8 * 8);
        console.Line(Text($"tokens of {lengths.Count} records (shortest {lengths.Min()}, longest {widest}):"));
        int width = Math.Clamp(console.Columns - BarIndent, 0, BarWidth);
        int most = lengths.GroupBy(length => length / step).Max(bin => bin.Count());
        for (int start = 0; start <= widest; start += step)
        {
            int count = lengths.Count(length => length >= start && length < start + step);
            console.Line(
                Text($"  {start,5} to {start + step - 1,-5} {count,6} {new string('#', count * width / most)}"));
        }

        console.Line(Text(
            $"cut at --cutoff_len {options.Data.CutoffLen}: {data.Encoded.TruncatedCount}"));
        console.Line(
            Text($"without a label: {data.Encoded.UnlabelledCount}; validation records: {data.Validation.Count}"));
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
