using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Options;
using LoNas.Cli.Output;
using LoNas.Data.Records;
using LoNas.Elastic;
using LoNas.Storage;

namespace LoNas.Cli.Train;

/// <summary>
/// Shows what a command would do: first what was asked for, then what comes of it, and the rest only on demand.
/// </summary>
/// <param name="command">The command.</param>
/// <param name="given">Its options as they were given.</param>
/// <param name="console">Where it is shown.</param>
internal sealed class DryRunReport(RunCommand command, RunOptions given, ConsoleReporter console)
{
    /// <param name="run">What it would do.</param>
    public void Show(ResolvedRun run)
    {
        console.Line("dry run: nothing is written");
        console.Line("differs from the defaults:");
        foreach (var (name, value) in command.Table.Changed(given).Where(flag => !IsOfDryRun(flag.Name)))
        {
            console.Line($"  --{name} {NextStep.TextOf(value)}");
        }

        console.Line("what comes of it:");
        foreach (var line in run.Lines().Concat(Memory(run)))
        {
            console.Line($"  {line}");
        }

        ShowCosts(run.Model);
        if (given.Verbose)
        {
            if (run.Training is { } data)
            {
                TokenHistogram.Show(data, console);
            }

            console.Line("all options:");
            console.Verbatim(command.Table.ToJson(run.Filled()).ToJsonString(JsonOutput.Indented));
        }

        Next()?.Show(console);
    }

    private static bool IsOfDryRun(string flag) => flag is "dry_run" or "verbose";

    private static IEnumerable<string> Memory(ResolvedRun run)
    {
        if (run.Training is not { } data)
        {
            yield break;
        }

        var (settings, model) = (TrainingSettings.Of(run.Options), run.Model);
        int longest = Math.Max(settings.PadTo, data.Training.Longest());
        int batch = Math.Min(settings.BatchSize, data.Training.Count);
        long bytes = MemoryEstimate.Of(model).Of(batch, longest, settings.GradientCheckpointing);
        var kind = model.Device.type == TorchSharp.DeviceType.CPU ? "resident" : $"of {model.Device}";
        yield return Text($"expected memory: about {FreeDisk.Show(bytes)} {kind}");
    }

    private void ShowCosts(ElasticModel model)
    {
        var rows = new List<string[]> { Row("full", model.Costs.Full()) };
        if (model.Space is { } space)
        {
            rows.Add(Row("heuristic", model.Costs.Of(space, space.Heuristic)));
            rows.Add(Row("minimal", model.Costs.Of(space, space.Minimal)));
        }

        console.Table(null, ["model", "parameters", "adapter", "MACs"], rows);

        static string[] Row(string name, ModelCost cost) =>
            [name, Text($"{cost.TotalParameters:N0}"), Text($"{cost.LoraParameters:N0}"), Text($"{cost.Macs:N0}")];
    }

    /// <summary>The command without the flag, with what it lacks to do something; null where it lacks more.</summary>
    private NextStep? Next()
    {
        var output = given.Output.OutputDir;
        bool doesNothing = !given.Training.DoTrain && !given.Search.DoSearch && !given.Tests;
        var wet = given with
        {
            DryRun = false,
            Verbose = false,
            Training = given.Training with { DoTrain = given.Training.DoTrain || doesNothing },
            NewAdapter = given.NewAdapter with { Lora = given.NewAdapter.Lora || doesNothing },
            Output = given.Output with
            {
                OutputDir = output.Length > 0 ? output : FreeName.Here(given.Model.ModelNameOrPath, "-lonas"),
            },
        };
        return wet.Validate().Count > 0 ? null
            : NextStep.With(command.Name, "do it").Keep(command.Table, wet, _ => true);
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
