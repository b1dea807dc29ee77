using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Storage;

namespace LoNas.Evaluation;

/// <summary>The records of a set with their responses, named and shaped as the reference writes them.</summary>
public static class ResultFile
{
    /// <summary><c>NAME.SET.res.json</c>, or <c>SET.res.json</c> where there is no sub-adapter.</summary>
    public static string NameOf(string? subAdapter, EvaluationTask task) =>
        $"{(subAdapter is null ? "" : $"{subAdapter}.")}{task.Name}.res.json";

    /// <summary>Writes the file.</summary>
    public static void Save(string folder, string? subAdapter, TaskResult result) => JsonOutput.Save(
        Path.Combine(folder, NameOf(subAdapter, result.Task)),
        new JsonArray([.. result.Records.Select(Describe)]));

    private static JsonNode Describe(JudgedRecord judged)
    {
        var record = judged.Record.Source.ToNode()!.AsObject();
        record["output_pred"] = judged.Response;
        record["pred"] = judged.Prediction.Number is null
            ? judged.Prediction.Choice
            : JsonSerializer.SerializeToNode(judged.Prediction.JsonValue);
        record["flag"] = judged.IsRight;
        return record;
    }
}
