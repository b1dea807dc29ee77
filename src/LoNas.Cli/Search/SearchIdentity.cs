using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Formats.Nncf;
using LoNas.Opening;
using LoNas.Search;
using static TorchSharp.torch;

namespace LoNas.Cli.Search;

/// <summary>
/// What the results of a search depend on: model, adapter, configuration and data by their content, and the options
/// that matter. A journal belongs to one of these.
/// </summary>
internal static class SearchIdentity
{
    private static readonly string[] Numbers =
        [
            "bf16", "fp16", "encoding", "cutoff_len", "val_set_size", "train_on_inputs", "num_beams", "max_new_tokens",
            "max_seq_length", "max_eval_samples",
        ];

    /// <param name="options">The command's options.</param>
    /// <param name="model">The model, its configuration and adapter; one trained just now is in the output
    /// folder.</param>
    /// <param name="description">The search as it will run.</param>
    /// <param name="data">What sub-adapters are judged by.</param>
    public static JsonObject Of(RunOptions options, ElasticModel model, SearchDescription description, RunData data)
    {
        var flags = options.OwnTable;
        var identity = new JsonObject(
            flags.Specs.Where(spec => Numbers.Contains(spec.Name) || spec.Group == SearchFlags.Heading)
            .Select(spec => KeyValuePair.Create(spec.Name, spec.Read(options))));
        if (options.Model.Dtype == ScalarType.Float32)
        {
            // The other types have switches, which tell them.
            identity["dtype"] = TypeNames.Short(options.Model.Dtype);
        }

        if (options.Glue is null && options.Search.SearchMetric == SearchMetric.Loss)
        {
            // How records are batched shows in the last digits of their loss.
            identity["per_device_train_batch_size"] = options.Training.PerDeviceTrainBatchSize;
        }

        identity["search_algorithm"] = description.Algorithm;
        identity["num_evals"] = description.Evaluations;
        identity["population"] = description.Population;
        identity["search_seed"] = description.Seed;
        identity["model"] = ContentHash.OfModel(model.Folder.Path);
        identity["adapter"] = ContentHash.Of(
            ContentHash.Files(
                options.Training.DoTrain ? options.Output.OutputDir : model.AdapterFolder!, "adapter_config.json",
                "adapter_model.*"));
        identity["nncf_config"] = Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(model.Configuration!.Json.Trim())))[..16];
        var table = Path.Combine(options.Output.OutputDir, SearchFiles.LatencyTable);
        // Workers agree by the rest on who measures the table, before there is one.
        if (options.Search.SearchCost == SearchCost.Latency && File.Exists(table))
        {
            identity["latency_table"] = ContentHash.Of(table);
        }

        foreach (var (key, value) in data.SearchIdentity())
        {
            identity[key] = value?.DeepClone();
        }

        return identity;
    }
}
