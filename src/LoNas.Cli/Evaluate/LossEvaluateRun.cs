using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Data;
using LoNas.Data.Records;
using LoNas.Storage;
using LoNas.Training;
using LoNas.Training.Gradients;

namespace LoNas.Cli.Evaluate;

/// <summary>Judges a model by its loss on conversations and documents, read as its adapter was trained.</summary>
internal sealed class LossEvaluateRun(EvaluateOptions options, ElasticModel model, ConsoleReporter console)
{
    private const int UsualBatch = 8;

    /// <summary>Measures, and writes the results where a folder is given.</summary>
    public JsonObject Execute(bool shows, CancellationToken cancel)
    {
        var folder = options.Output.OutputDir;
        LossTask[] tasks = [.. options.Tasks.Select(LossTask.Of).OfType<LossTask>()];
        OwnResults.RequirePlaces(
            folder, options.Output.Overwrite,
            [
                options.Adapter.NncfConfig, options.Adapter.Choice.File, console.OptionsFile,
                .. tasks.Select(task => task.Path),
            ],
            [EvaluateRun.ReportFile]);
        var flags = Flags();
        var encoder = new RecordEncoder(
            model.Tokenizer, flags.ToEncoding(flags.Chat.Template(model.Folder.Path)));
        int stride = options.Stride ?? Math.Max(1, flags.CutoffLen / 2);
        if (stride >= flags.CutoffLen)
        {
            throw new ArgumentException(
                $"--stride {stride} is not below --cutoff_len {flags.CutoffLen}, so that tokens would be left out; "
                + "give less");
        }

        var sets = tasks.Select(task => (
            Task: task, Set: task.Load(encoder, flags, stride, options, console))).ToArray();
        var figures = sets.Select(set => Figures.Of(
            set.Task.Name, set.Set.Examples, set.Set.Records, Loss(set.Set.Examples, cancel))).ToArray();
        var cost = model.CostOf(model.Chosen?.SubAdapter);
        var report = new JsonObject
        {
            ["model"] = options.Model.ModelNameOrPath,
            ["lora_weights"] = options.Adapter.LoraWeights,
            ["sub_adapter"] = model.Chosen?.Name,
            ["total_params"] = cost.TotalParameters,
            ["macs"] = cost.Macs,
            ["tasks"] = new JsonArray([.. figures.Select(each => (JsonNode)each.Json())]),
        };
        if (folder.Length > 0)
        {
            JsonOutput.Save(Path.Combine(folder, EvaluateRun.ReportFile), report);
        }

        if (shows)
        {
            console.Table(
                Text($"{model.Chosen?.Name ?? "uncut"}: {cost.TotalParameters:N0} parameters, ")
                    + Text($"{cost.Macs / 1e6:N1} M MACs"),
                ["task", "loss", "perplexity", "tokens", "records"],
                [.. figures.Select(each => each.Row())]);
        }

        return report;
    }

    /// <summary>The flags, with what the adapter's folder says where none is given.</summary>
    private RecordFlags Flags()
    {
        var own = options.Records with { Encoding = options.Encoding };
        if (model.TrainedData is not { IsOfRecords: true } data)
        {
            return own;
        }

        return DataOpening.Followed(own, data, console);
    }

    private double Loss(IReadOnlyList<TrainingExample> examples, CancellationToken cancel)
    {
        using var cut = model.Cut(model.Chosen?.SubAdapter);
        return ValidationLoss.Of(
            TrainingObjective.Of(model.Causal), examples, options.Testing.PerDeviceEvalBatchSize ?? UsualBatch, cancel);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Figures(string Task, double Loss, long Tokens, int Records)
    {
        public static Figures Of(string task, IReadOnlyList<TrainingExample> examples, int records, double loss)
        {
            long tokens = examples.Sum(example =>
                (long)example.Labels.Skip(1).Count(label => label != TrainingExample.IgnoredLabel));
            return tokens > 0 ? new(task, loss, tokens, records) : throw new InvalidDataException(
                $"'{task}' has no token that counts within the first tokens of its records; raise --cutoff_len, or "
                + "give --train_on_inputs True");
        }

        private double Perplexity => Math.Exp(Loss);

        public JsonObject Json() => new()
        {
            ["task"] = Task,
            ["loss"] = Loss,
            ["perplexity"] = double.IsFinite(Perplexity) ? Perplexity : null,
            ["tokens"] = Tokens,
            ["records"] = Records,
        };

        public string[] Row() =>
            [Task, Text($"{Loss:0.0000}"), Text($"{Perplexity:0.00}"), Text($"{Tokens:N0}"), Text($"{Records:N0}")];
    }
}
