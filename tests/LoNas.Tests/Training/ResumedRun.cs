using System.Text.Json;
using LoNas.Data;
using LoNas.Distributed;
using LoNas.Formats.Nncf;
using LoNas.Formats.Peft;
using LoNas.Models;
using LoNas.Storage;
using LoNas.Tests.Support;
using LoNas.Training;
using LoNas.Training.Checkpoints;
using LoNas.Training.LearningRates;
using static TorchSharp.torch;

namespace LoNas.Tests.Training;

/// <summary>
/// A small elastic training of two stages, in a folder of its own. It can be stopped or killed before any micro-step,
/// and resumes like the program: with a new model, from the newest complete checkpoint or from the start.
/// </summary>
internal sealed class ResumedRun(TrainingOptions options, ScalarType dtype = ScalarType.Float32) : IDisposable
{
    public const int Records = 10;

    public string Folder { get; } = Directory.CreateTempSubdirectory("lonas-test-").FullName;

    /// <summary>The most checkpoints that are kept.</summary>
    public int? Limit { get; init; }

    /// <summary>What was reported, over all sessions.</summary>
    public List<TrainingRecord> Reported { get; } = [];

    /// <summary>Called with the model before every micro-step, with the good optimiser steps so far.</summary>
    public Action<ICausalModel, int>? BeforeMicroStep { get; init; }

    /// <summary>
    /// Runs a session; returns the parameters' bytes and the state as JSON if it reached the end, else null.
    /// </summary>
    /// <param name="stopBefore">Asks to stop before this micro-step of the session, from 0.</param>
    /// <param name="killBefore">Throws before this micro-step of the session, which saves nothing.</param>
    /// <param name="stopIn">Asks to stop when this is reported.</param>
    /// <param name="ranks">The processes that train together; null for one.</param>
    public (byte[][] Parameters, string State)? Session(
        int stopBefore = -1, int killBefore = -1, Func<TrainingRecord, bool>? stopIn = null, ICollectives? ranks = null)
    {
        using var scope = NewDisposeScope();
        using var stop = new CancellationTokenSource();
        var (model, adapter) = TinyModels.LoadCausal(
            "llama-tiny", PeftFolder.LoadOptions(TinyLora.Folder) with { Dropout = 0.1 }, dtype, seed: 7);
        adapter.Attach(TinyLora.Configuration.Bind(adapter.Shapes));
        int microSteps = 0;
        var schedule = Schedules.Elastic(Configuration, TrainingPlan.For(Records, options).MicroStepsPerEpoch);
        using var trainer = new Trainer(model, adapter, Watched, Examples(Records), Examples(3), options, ranks);
        if (TrainingCheckpoint.Newest(Folder).Folder is { } checkpoint)
        {
            TrainingCheckpoint.Restore(checkpoint, trainer, adapter);
        }

        if (stopBefore == 0)
        {
            stop.Cancel();
        }

        try
        {
            trainer.Run(Report, Save, stop.Token);
            return ([.. adapter.Parameters.Select(named => named.Parameter.bytes.ToArray())],
                JsonSerializer.Serialize(trainer.State, JsonOutput.Indented));
        }
        catch (Exception error) when (error is OperationCanceledException or KilledException)
        {
            return null;
        }

        StepSettings Watched(int epoch, int microStep, int step)
        {
            // The trainer checks for cancellation before it asks for a micro-step's settings, so this stops the next
            // one.
            if (microSteps == killBefore)
            {
                throw new KilledException();
            }

            if (microSteps == stopBefore - 1)
            {
                stop.Cancel();
            }

            BeforeMicroStep?.Invoke(model, step);
            microSteps++;
            return schedule(epoch, microStep, step);
        }

        void Report(TrainingRecord record)
        {
            lock (Reported)
            {
                Reported.Add(record);
            }

            if (stopIn?.Invoke(record) == true)
            {
                stop.Cancel();
            }
        }

        string Save(Trainer saved) => TrainingCheckpoint.Save(Folder, saved, into =>
        {
            using var maximal = adapter.Use(null);
            PeftFolder.Save(into, adapter, "llama-tiny");
            AdapterManifest.Save(into, adapter, Configuration);
        }, Limit);
    }

    /// <summary>Runs sessions until one reaches the end.</summary>
    public (byte[][] Parameters, string State) ToTheEnd()
    {
        for (int session = 0; session < 100; session++)
        {
            if (Session() is { } end)
            {
                return end;
            }
        }

        throw new InvalidOperationException("no session came to the end");
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>Two stages; the second one first reorders the channels.</summary>
    private static NncfConfiguration Configuration => TinyLora.Configuration with
    {
        Stages =
        [
            new StageDescription { Epochs = 1, InitLearningRate = 2e-3, LearningRateEpochs = 2, WidthIndicator = 5 },
            new StageDescription
            {
                Epochs = 2, InitLearningRate = 1e-3, LearningRateEpochs = 3, WidthIndicator = 5, SampleRate = 2,
                ReorganizeWeights = true,
            },
        ],
    };

    /// <summary>Only example i, from 0, holds the token 20 + i.</summary>
    public static TrainingExample[] Examples(int count)
    {
        var random = new LoNas.Runtime.SeededRandom(5);
        return
        [
            .. Enumerable.Range(0, count)
                .Select(index => Enumerable.Range(0, 6 + random.Next(6))
                    .Select(_ => 40 + random.Next(280))
                    .Append(20 + index)
                    .ToArray())
                .Select(ids => new TrainingExample(ids, ids)),
        ];
    }

    private sealed class KilledException : Exception;
}
