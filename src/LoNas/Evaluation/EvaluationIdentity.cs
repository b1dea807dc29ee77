using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using LoNas.Opening;
using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Evaluation;

/// <summary>
/// What the responses of a test depend on. A test that was interrupted goes on only where all of it is the same: the
/// base model's files, the adapter's weights, the configuration, the sub-adapter, the prompts and answers.
/// </summary>
internal static class EvaluationIdentity
{
    public static JsonObject Of(
        EvaluationOptions options, ElasticModel model, ChosenSubAdapter? chosen, IReadOnlyList<TaskRecords> sets) =>
        new()
        {
            ["model_name_or_path"] = model.Name,
            ["model_files"] = ContentHash.OfModel(model.Folder.Path),
            ["type"] = model.DType.ToString(),
            ["adapter"] = AdapterHash(model),
            ["nncf_config"] = ConfigurationHash(model),
            ["sub_adapter"] = chosen?.Name,
            ["widths"] = chosen is null ? null : Hash(hash => Add(hash, chosen.SubAdapter.ToString())),
            ["eos_ids"] = new JsonArray([.. model.EosIds.Select(id => (JsonNode)id)]),
            ["num_beams"] = options.NumBeams,
            ["max_new_tokens"] = options.MaxNewTokens,
            ["exact_outputs"] = options.ExactOutputs,
            ["sets"] = new JsonObject(sets.Select(set => KeyValuePair.Create(set.Task.Name, (JsonNode?)SetHash(set)))),
        };

    // Its copy beside an adapter has no line end of its own.
    public static string? ConfigurationHash(ElasticModel model) =>
        (model.ConfigurationFile is { } path
            ? InputPath.ReadText(path, "configuration") : model.Configuration?.Json) is { } text
            ? Hash(hash => Add(hash, text.Trim()))
            : null;

    public static string? AdapterHash(ElasticModel model) => model.Adapter.Options is null ? null : Hash(hash =>
    {
        foreach (var (name, parameter) in model.Adapter.Parameters.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            Add(hash, name);
            hash.AppendData(parameter.detach().cpu().contiguous().bytes);
        }
    });

    public static string SetHash(TaskRecords set) => $"{set.Records.Count} records, " + Hash(hash =>
    {
        Add(hash, set.Task.File is { } file ? InputPath.ReadText(file.Path, "task file") : set.Task.Name);
        foreach (var record in set.Records)
        {
            Add(hash, set.Task.Prompt(record));
            Add(hash, record.Answer);
        }
    });

    /// <summary>Stands for some tokens.</summary>
    public static string Hash(IEnumerable<int> ids) => Hash(hash =>
    {
        foreach (int id in ids)
        {
            hash.AppendData(BitConverter.GetBytes(id));
        }
    });

    private static string Hash(Action<IncrementalHash> fill)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        fill(hash);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Add(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        hash.AppendData(BitConverter.GetBytes(bytes.Length));
        hash.AppendData(bytes);
    }
}
