using System.Text.Json;
using System.Text.Json.Nodes;
using LoNas.Storage;
using LoNas.Text;

namespace LoNas.Training;

/// <summary>
/// <c>trainer_state.json</c> with the keys of Hugging Face's TrainerState 4.31, which reads no file with others. What a
/// resumed run needs besides is in a checkpoint's own file.
/// </summary>
internal static class TrainerStateFile
{
    public const string Name = "trainer_state.json";

    /// <summary>Writes it into a folder.</summary>
    /// <param name="folder">The run's folder, or a checkpoint.</param>
    /// <param name="state">The run.</param>
    /// <param name="totalFlos">Floating-point operations so far, as Hugging Face counts them.</param>
    public static void Save(string folder, TrainerState state, double totalFlos) =>
        JsonOutput.Save(Path.Combine(folder, Name), new JsonObject
        {
            ["best_metric"] = null,
            ["best_model_checkpoint"] = null,
            ["epoch"] = state.Epoch,
            ["global_step"] = state.GlobalStep,
            ["is_hyper_param_search"] = false,
            ["is_local_process_zero"] = true,
            ["is_world_process_zero"] = true,
            ["log_history"] = JsonSerializer.SerializeToNode(
                state.LogHistory.Select(Rounded), JsonOutput.Indented),
            ["max_steps"] = state.MaxSteps,
            ["num_train_epochs"] = state.EpochCount,
            ["total_flos"] = totalFlos,
            ["trial_name"] = null,
            ["trial_params"] = null,
        });

    /// <summary>A record with the digits that Hugging Face logs.</summary>
    private static Dictionary<string, double> Rounded(Dictionary<string, double> entry) => entry.ToDictionary(
        field => field.Key,
        field => field.Key switch
        {
            "epoch" => PythonNumber.Round(field.Value, 2),
            "loss" => PythonNumber.Round(field.Value, 4),
            _ => field.Value,
        });
}
