using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Storage;

namespace LoNas.Cli.Train;

/// <summary>
/// <c>lonas_run.json</c>: which run a folder or a checkpoint is of, and in a folder how far the run came.
/// </summary>
internal sealed record RunMarker(RunStage Stage, JsonObject Options)
{
    public const string FileName = "lonas_run.json";

    /// <summary>The options and sets of the finished test or search; null where there was none.</summary>
    public JsonObject? Testing { get; init; }

    /// <summary>The full path of the checkpoint that was named to go on from; null for none.</summary>
    public string? ResumedFrom { get; init; }

    /// <summary>Whether results in the folder are of the run before it was made longer.</summary>
    public bool HasFormerResults { get; init; }

    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static RunMarker Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var json = JsonInput.Load(path, "run marker").RequireObject($"run marker '{path}'").ToNode()!.AsObject();
        return json["options"] is JsonObject options && Enum.TryParse($"{json["stage"]}", out RunStage stage)
            ? new RunMarker(stage, options)
            {
                Testing = json["testing"] as JsonObject,
                ResumedFrom = json["resumed_from"]?.ToString(),
                HasFormerResults = json["former_results"]?.GetValueKind() == JsonValueKind.True,
            }
            : throw new InvalidDataException(
                $"The run marker '{path}' is damaged; give another folder, or --overwrite to start again");
    }

    /// <summary>Whether a folder's run is a quickstart; no damaged marker says so.</summary>
    public static bool IsOfQuickstart(string folder)
    {
        try
        {
            return $"{Load(folder).Options["command"]}" == "quickstart";
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    public void Save(string folder)
    {
        var json = new JsonObject
        {
            ["stage"] = Stage.ToString(),
            ["options"] = Options.DeepClone(),
            ["testing"] = Testing?.DeepClone(),
        };
        if (ResumedFrom is not null)
        {
            json["resumed_from"] = ResumedFrom;
        }

        if (HasFormerResults)
        {
            json["former_results"] = true;
        }

        JsonOutput.Save(Path.Combine(folder, FileName), json);
    }
}
