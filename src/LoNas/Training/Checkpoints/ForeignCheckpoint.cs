using LoNas.Errors;

namespace LoNas.Training.Checkpoints;

/// <summary>Says what a folder is that was given as a checkpoint and is none of this program's.</summary>
internal static class ForeignCheckpoint
{
    private const string Adapter = "adapter_config.json";
    private const string Marker = "lonas_run.json";

    /// <summary>What others save beside a model's weights, by who does.</summary>
    private static readonly Dictionary<string, string[]> Others = new()
    {
        ["Trainer"] = ["optimizer.pt", "scheduler.pt", "rng_state*.pth", "scaler.pt"],
        ["Accelerate"] = ["scheduler.bin", "random_states_*.pkl"],
    };

    private static readonly string[] Weights = ["pytorch_model*.bin", "model*.safetensors", "adapter_model.*"];

    /// <summary>
    /// Whether a folder checkpoint-STEP is one of this program, whole or not, by the names of its files. An empty one
    /// has nothing to lose.
    /// </summary>
    public static bool IsNone(string folder) => Has(folder, RunStateFile.Name)
        || (Has(folder, TrainerStateFile.Name) && !Others.Values.Any(files => Has(folder, files))
            && Has(folder, TrainingCheckpoint.OptimizerName, CheckpointManifest.FileName))
        || !Directory.EnumerateFileSystemEntries(folder).Any();

    /// <summary>Checks that a folder may be a checkpoint of this program; its files are not read.</summary>
    /// <exception cref="InvalidDataException">It is something else, which the message names.</exception>
    public static void Refuse(string folder)
    {
        if (File.Exists(Path.Combine(folder, CheckpointManifest.FileName)))
        {
            return;
        }

        if (Others.FirstOrDefault(other => Has(folder, other.Value)).Key is { } other)
        {
            throw new InvalidDataException(Has(folder, Adapter)
                ? $"'{folder}' is a checkpoint of Hugging Face's {other}, whose optimiser state is not read here; to "
                    + "start from its weights, give it as the adapter of a new run"
                : $"'{folder}' is a checkpoint of Hugging Face's {other} without an {Adapter}, whose optimiser state "
                    + "is not read here; adapters alone are trained, so save its adapter with PEFT and give that as "
                    + "the adapter of a new run")
                .About(Setting.Adapter);
        }

        if (File.Exists(Path.Combine(folder, Marker)) && CheckpointFolder.All(folder).LastOrDefault() is { } newest)
        {
            throw new InvalidDataException(
                $"'{folder}' is the folder of a run and no checkpoint; name one of those in it, such as '{newest}'");
        }

        bool isDamaged = Has(folder, TrainingCheckpoint.OptimizerName) && Has(folder, TrainerStateFile.Name);
        if (isDamaged)
        {
            return;
        }

        if (Has(folder, Adapter))
        {
            throw new InvalidDataException(
                $"'{folder}' is a trained adapter without the state of its training; to start from its weights, give "
                + "it as the adapter of a new run")
                .About(Setting.Adapter);
        }

        throw new InvalidDataException(Has(folder, Weights)
            ? $"'{folder}' holds weights and no checkpoint of a training; expected a folder checkpoint-STEP of this "
                + "program"
            : $"'{folder}' holds no checkpoint; expected a folder checkpoint-STEP of this program");
    }

    private static bool Has(string folder, params string[] patterns) =>
        patterns.Any(pattern => Directory.EnumerateFiles(folder, pattern).Any());
}
