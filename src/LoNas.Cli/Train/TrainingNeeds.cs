using System.Numerics;
using LoNas.Cli.Flags;
using LoNas.Cli.Model;
using LoNas.Cli.Output;
using LoNas.Data;
using LoNas.Data.Records;
using LoNas.Runtime;
using LoNas.Storage;
using LoNas.Training;
using LoNas.Training.Checkpoints;
using TorchSharp;

namespace LoNas.Cli.Train;

/// <summary>What a training will take, held against what is free before hours are spent.</summary>
/// <param name="Memory">Bytes at its peak, of the device's memory.</param>
/// <param name="Disk">Bytes that are still to be written.</param>
internal sealed record TrainingNeeds(long Memory, long Disk)
{
    private const int AdapterBytes = 4;

    public static TrainingNeeds Of(RunOptions options, ElasticModel model, TrainingData data)
    {
        var cost = model.Costs.Full();
        int batch = Math.Min(options.Training.PerDeviceTrainBatchSize, data.Training.Count);
        var settings = TrainingSettings.Of(options);
        int longest = Math.Max(settings.PadTo, data.Training.Longest());
        var plan = TrainingPlan.For(data.Training, settings);
        long saved = options.Checkpoints.SaveStrategy switch
        {
            IntervalStrategy.Steps => plan.MaxSteps / options.Checkpoints.SaveSteps,
            IntervalStrategy.Epoch => plan.EpochCount,
            _ => 0,
        };
        // One more: the oldest goes when the newest is whole; and an interruption leaves one too.
        long kept = Math.Min(saved, options.Checkpoints.SaveTotalLimit ?? long.MaxValue) + 1;
        // The adapter, AdamW's two moments and the sums of gradients of an incomplete step: float32 each.
        int copies = 3 + Math.Max(1, BitOperations.Log2((uint)settings.AccumulationSteps));
        long there = TrainingCheckpoint.All(options.Output.OutputDir).Count(TrainingCheckpoint.IsOwn);
        return new TrainingNeeds(
            MemoryEstimate.Of(model).Of(
                batch, longest, settings.GradientCheckpointing, settings.AccumulationSteps),
            ((Math.Max(1, kept - there) * copies) + 1) * cost.LoraParameters * AdapterBytes);
    }

    /// <summary>Checks both against this machine and the model's device.</summary>
    public void Require(RunOptions options, ElasticModel model, ConsoleReporter console)
    {
        // What the loaded model takes is counted in the need.
        long free = FreeMemory.Bytes + Environment.WorkingSet;
        if (model.Device.type != DeviceType.CPU)
        {
            WarnOfDevice(model, console);
            free = long.MaxValue;
        }

        Require(options, free, FreeDisk.Of(options.Output.OutputDir), console);
    }

    /// <summary>
    /// The forecast was made for CPUs, and a GPU says at the first step whether its memory is enough.
    /// </summary>
    private void WarnOfDevice(ElasticModel model, ConsoleReporter console)
    {
        long? free = DeviceMemory.Free(model.Device)
            + model.AllParameters.Sum(each => each.numel() * each.element_size());
        if (Memory > free)
        {
            console.Warn($"training may need {FreeDisk.Show(Memory)} of memory and {model.Device} has "
                + $"{FreeDisk.Show(free.Value)}; --gradient_checkpointing, a smaller --per_device_train_batch_size or "
                + "--cutoff_len need less");
        }
    }

    /// <summary>The same with what is free given.</summary>
    /// <exception cref="InsufficientMemoryException">There is too little memory and no --force.</exception>
    /// <exception cref="IOException">There is too little disk and no --force.</exception>
    internal void Require(RunOptions options, long freeMemory, long? freeDisk, ConsoleReporter console)
    {
        if (Memory > freeMemory)
        {
            var text = $"training needs about {FreeDisk.Show(Memory)} of memory and {FreeDisk.Show(freeMemory)} are "
                + "free";
            Tell(text, options.Force, console, () => new InsufficientMemoryException(
                $"{text}; give --gradient_checkpointing or --dtype bf16, make --per_device_train_batch_size or "
                + "--cutoff_len smaller, or try it with --force"));
        }

        if (FreeDisk.Shortage(options.Output.OutputDir, Disk, freeDisk) is { } shortage)
        {
            Tell(shortage, options.Force, console, () => new IOException(
                $"{shortage}; keep fewer checkpoints with --save_total_limit, free some, give another --output_dir, or "
                + "try it with --force"));
        }
    }

    private static void Tell(string text, bool force, ConsoleReporter console, Func<Exception> failure)
    {
        if (!force)
        {
            throw failure();
        }

        console.Warn($"{text}; going on because of --force");
    }
}
