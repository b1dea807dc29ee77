using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using LoNas.Cli.Options;

namespace LoNas.Cli.Runs;

/// <summary>
/// What the results of a search depend on: model, adapter, configuration and data by their content, and the options that
/// matter. A journal belongs to one of these.
/// </summary>
internal static class SearchIdentity
{
    /// <summary>Of a large weight file its beginning, which lists the tensors, and its end stand for the whole.</summary>
    private const int SampledBytes = 1 << 20;

    private const int LargeFile = 64 << 20;

    private static readonly string[] RunOptions =
        ["bf16", "fp16", "cutoff_len", "val_set_size", "train_on_inputs", "num_beams", "max_new_tokens"];

    /// <param name="options">The command's options.</param>
    /// <param name="session">The model, its configuration and adapter; one trained just now is in the output folder.</param>
    /// <param name="settings">The search as it will run.</param>
    public static JsonObject Of(
        RunMathOptions options, ModelSession session, LoNas.Search.SearchOptions settings)
    {
        var table = RunMathTable.Table;
        var identity = new JsonObject(table.Specs.Where(spec => RunOptions.Contains(spec.Name) || spec.Group == SearchTable.Heading)
            .Select(spec => KeyValuePair.Create(spec.Name, spec.Read(options))));
        identity["search_algorithm"] = settings.Description.Algorithm;
        identity["num_evals"] = settings.Description.Evaluations;
        identity["population"] = settings.Description.Population;
        identity["search_seed"] = settings.Description.Seed;
        identity["model"] = HashOf(Files(session.Folder.Path, "config.json", "*.safetensors", "*.bin", "tokenizer*"));
        identity["adapter"] = HashOf(Files(session.AdapterFolder ?? options.OutputDir, "adapter_config.json", "adapter_model.*"));
        identity["nncf_config"] = Short(SHA256.HashData(Encoding.UTF8.GetBytes(session.Configuration!.Json.Trim())));
        if (options.Search.SearchCost == SearchCost.Latency)
        {
            identity["latency_table"] = HashOf(Path.Combine(options.OutputDir, SearchFiles.LatencyTable));
        }

        identity["dataset"] = HashOf(options.TaskFile is { } task ? [options.DatasetPath!, task] : [options.DatasetPath!]);
        return identity;
    }

    private static IEnumerable<string> Files(string folder, params IEnumerable<string> patterns) =>
        patterns.SelectMany(pattern => Directory.EnumerateFiles(folder, pattern)).Order(StringComparer.Ordinal);

    private static string HashOf(params IEnumerable<string> paths)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in paths)
        {
            using var file = File.OpenRead(path);
            hash.AppendData(Encoding.UTF8.GetBytes($"{file.Length}\n"));
            if (file.Length <= LargeFile)
            {
                Append(hash, file, 0, (int)file.Length);
            }
            else
            {
                Append(hash, file, 0, SampledBytes);
                Append(hash, file, file.Length - SampledBytes, SampledBytes);
            }
        }

        return Short(hash.GetHashAndReset());
    }

    private static string Short(byte[] hash) => Convert.ToHexStringLower(hash)[..16];

    private static void Append(IncrementalHash hash, FileStream file, long start, int count)
    {
        var bytes = new byte[count];
        file.Position = start;
        file.ReadExactly(bytes);
        hash.AppendData(bytes);
    }
}
