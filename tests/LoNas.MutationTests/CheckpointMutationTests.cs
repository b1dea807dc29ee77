using LoNas.Data;
using LoNas.Elastic;
using LoNas.Formats.Peft;
using LoNas.MutationTests.Mutations;
using LoNas.Tests.Support;
using LoNas.Training;
using LoNas.Training.Checkpoints;
using LoNas.Training.LearningRates;
using static TorchSharp.torch;

namespace LoNas.MutationTests;

/// <summary>
/// The files of a checkpoint: the manifest, and state and optimiser with a manifest that matches them.
/// </summary>
public sealed class CheckpointMutationTests : IDisposable
{
    private const string Optimizer = "optimizer.bin";

    private readonly MutationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Restore_DamagedCheckpoint_GoesOnOrGivesOneClearError()
    {
        using var scope = NewDisposeScope();
        var (_, adapter) = TinyLora.Load();
        using var trainer = Trainer(adapter);
        new MutationRun("training checkpoints").Check(
        [
            Json("manifest", CheckpointManifest.FileName), Json("state", RunStateFile.Name), OptimizerFile(),
        ]);

        Sample Json(string name, string file)
        {
            var path = Path.Combine(Saved(name), file);
            return new Sample(path, new JsonMutator(File.ReadAllBytes(path)).Mutate, Restore);
        }

        Sample OptimizerFile()
        {
            var path = Path.Combine(Saved("optimizer"), Optimizer);
            var original = File.ReadAllBytes(path);
            // Most of the file is optimiser moments, where any bits are a valid number.
            return new Sample(path, random => random.Next(4) == 0
                ? ByteMutator.Mutate(original, random)
                : ByteMutator.MutatePart(original, 0, 100, random), Restore);
        }

        string Saved(string name) => TrainingCheckpoint.Save(
            Path.GetDirectoryName(_folder.File(name, "any"))!, trainer,
            folder => PeftFolder.Save(folder, adapter, "tiny"), null);

        void Restore(string path)
        {
            var folder = Path.GetDirectoryName(path)!;
            if (Path.GetFileName(path) != CheckpointManifest.FileName)
            {
                File.Delete(Path.Combine(folder, CheckpointManifest.FileName));
                CheckpointManifest.Write(folder);
            }

            TrainingCheckpoint.Restore(folder, trainer, adapter);
            // An error that is not reported here would occur hours later.
            Assert.InRange(trainer.State.MicroStep, 0, trainer.Plan.MicroStepsPerEpoch);
            Assert.InRange(trainer.State.GlobalStep, 0, trainer.Plan.MaxSteps);
            Assert.All(trainer.State.WindowRecords, index => Assert.InRange(index, 0, trainer.Examples.Count - 1));
            Assert.NotNull(trainer.State.LogHistory);
        }
    }

    private static Trainer Trainer(SuperAdapter adapter)
    {
        var examples = Enumerable.Range(0, 8).Select(_ => new TrainingExample([1, 2, 3], [1, 2, 3])).ToArray();
        var model = TinyModels.LoadCausal("llama-tiny").Model;
        return new Trainer(
            model, adapter, (_, _, _) => new StepSettings(1e-3, 0, false), examples, [],
            new TrainingOptions { BatchSize = 2 });
    }
}
