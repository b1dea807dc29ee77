using System.Globalization;
using System.Text.Json.Nodes;
using LoNas.Cli.Output;
using LoNas.Reporting;
using LoNas.Training;

namespace LoNas.Cli.Train;

/// <summary>Shows what a training reports: lines, the bar, and TensorBoard's files where they were asked for.</summary>
internal sealed class TrainingProgress(ConsoleReporter console, ProgressLine bar, TensorBoardLog? board)
{
    private const int MostRecords = 16;

    public void Show(TrainingRecord record)
    {
        board?.Add(record);
        switch (record.Event)
        {
            case TrainingEvent.Step:
                bar.Update(record.Step);
                break;
            case TrainingEvent.Log:
                console.Event("log", string.Create(CultureInfo.InvariantCulture,
                    $"step {record.Step}/{record.MaxSteps}  epoch {record.Epoch:0.00}  loss {record.Loss:0.0000}  lr "
                    + $"{record.LearningRate:0.00e+0}  {record.TokensPerSecond:0} tokens/s  "
                    + $"{record.ResidentBytes / (double)(1 << 30):0.00} GiB{Ranks(record.Ranks)}"), Fields(record));
                break;
            case TrainingEvent.Evaluation:
                console.Event("evaluation", string.Create(CultureInfo.InvariantCulture,
                    $"step {record.Step}/{record.MaxSteps}  validation {string.Join("; ", Figures(record))}"),
                    Fields(record));
                break;
            case TrainingEvent.Checkpoint:
                console.Event("checkpoint", $"saved {record.Checkpoint}", Fields(record));
                break;
            case TrainingEvent.SkippedStep:
                console.Warn(Skipped(record));
                break;
        }
    }

    /// <summary>The slowest rank, and what the exchange takes; the log has how fast each rank computes.</summary>
    private static string Ranks(RankFigures? ranks)
    {
        if (ranks is null)
        {
            return "";
        }

        int slowest = ranks.TokensPerSecond.Index().MinBy(each => each.Item).Index;
        return string.Create(CultureInfo.InvariantCulture, $"  slowest {slowest}, exchange {ranks.ExchangeShare:0 %}");
    }

    private static IEnumerable<string> Figures(TrainingRecord record) => record.Maximal!.Select(figure =>
        string.Create(CultureInfo.InvariantCulture, $"{figure.Key.Replace('_', ' ')}: maximal {figure.Value:0.0000}")
        + (record.Minimal is { } minimal && minimal.TryGetValue(figure.Key, out double least)
            ? string.Create(CultureInfo.InvariantCulture, $", minimal {least:0.0000}") : ""));

    /// <summary>A record for the log, without what it does not say.</summary>
    private static JsonObject Fields(TrainingRecord record)
    {
        var fields = new JsonObject { ["step"] = record.Step, ["max_steps"] = record.MaxSteps };
        foreach (var (name, value) in new[]
        {
            ("loss", record.Loss), ("learning_rate", record.LearningRate),
            ("tokens_per_second", record.TokensPerSecond),
            ("maximal_loss", record.MaximalLoss), ("minimal_loss", record.MinimalLoss),
        })
        {
            if (value is { } number && double.IsFinite(number))
            {
                fields[name] = number;
            }
        }

        if (record.Ranks is { } ranks)
        {
            fields["rank_tokens_per_second"] = new JsonArray([.. ranks.TokensPerSecond.Select(each => (JsonNode)each)]);
            fields["exchange_share"] = ranks.ExchangeShare;
        }

        if (record.Checkpoint is { } checkpoint)
        {
            fields["checkpoint"] = checkpoint;
        }

        return fields;
    }

    private static string Skipped(TrainingRecord record)
    {
        var records = record.Records ?? [];
        var more = records.Count > MostRecords ? $" and {records.Count - MostRecords} more" : "";
        var scale = record.LossScale is { } value
            ? string.Create(CultureInfo.InvariantCulture, $"; losses are now scaled by {value:0.######}") : "";
        return $"step {record.Step}/{record.MaxSteps} was skipped: its {record.NotFinite} "
            + (record.NotFinite == "loss" ? "was" : "were")
            + $" not finite; records {string.Join(", ", records.Take(MostRecords))}{more}; {record.SkippedInARow} in a "
            + $"row, {record.SkippedSteps} in all{scale}";
    }
}
