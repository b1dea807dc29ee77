using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using LoNas.Cli.Model;
using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Cli.Evaluate;

/// <summary>
/// What the responses of a test depend on. A test that was interrupted goes on only where all of it is the same: the base
/// model's files, the adapter's weights, the configuration, the sub-adapter, the prompts and answers.
/// </summary>
internal static class TestIdentity
{
    public static JsonObject Of(
        TestSettings settings, ModelSession session, ChosenSubAdapter? chosen, IReadOnlyList<TestSet> sets) => new()
        {
            ["model_name_or_path"] = settings.Model,
            ["model_files"] = ContentHash.OfModel(session.Folder.Path),
            ["type"] = session.DType.ToString(),
            ["adapter"] = AdapterHash(session),
            ["nncf_config"] = ConfigurationHash(session),
            ["sub_adapter"] = chosen?.Name,
            ["widths"] = chosen is null ? null : Hash(hash => Add(hash, chosen.SubAdapter.ToString())),
            ["eos_ids"] = new JsonArray([.. session.EosIds.Select(id => (JsonNode)id)]),
            ["num_beams"] = settings.NumBeams,
            ["max_new_tokens"] = settings.MaxNewTokens,
            ["exact_outputs"] = settings.ExactOutputs,
            ["sets"] = new JsonObject(sets.Select(set => KeyValuePair.Create(set.Task.Name, (JsonNode?)SetHash(set)))),
        };

    // Its copy beside an adapter has no line end of its own.
    private static string? ConfigurationHash(ModelSession session) => session.ConfigurationPath is { } path
        ? Hash(hash => Add(hash, InputPath.ReadText(path, "configuration").Trim()))
        : null;

    private static string? AdapterHash(ModelSession session) => session.Adapter.Options is null ? null : Hash(hash =>
    {
        foreach (var (name, parameter) in session.Adapter.Parameters.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            Add(hash, name);
            hash.AppendData(parameter.detach().cpu().contiguous().bytes);
        }
    });

    private static string SetHash(TestSet set) => $"{set.Records.Count} records, " + Hash(hash =>
    {
        Add(hash, set.Task.File is { } file ? InputPath.ReadText(file.Path, "task file") : set.Task.Name);
        foreach (var record in set.Records)
        {
            Add(hash, set.Task.Prompt(record));
            Add(hash, record.Answer);
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
