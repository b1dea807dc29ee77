using System.Diagnostics;
using System.Text.Json.Nodes;
using LoNas.Bench.Eager;
using LoNas.Bench.Processes;
using LoNas.Cli.Model;
using LoNas.Data;
using LoNas.Elastic;
using LoNas.Formats.Nncf;
using LoNas.Models;
using LoNas.Opening;
using LoNas.Runtime;
using LoNas.Training;
using LoNas.Training.LearningRates;
using LoNas.Weights;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Bench.Train;

/// <summary>
/// One part of <c>bench train</c>, in a process of its own, so that its memory and settings are its own.
/// </summary>
internal static class TrainBenchPart
{
    private const double LearningRate = 3e-4;
    private const double Deviation = 0.02;

    /// <summary>Measures and gives what was measured.</summary>
    public static JsonObject Measure(BenchTrainOptions options, CancellationToken cancel) => options.Part switch
    {
        BenchTrainPart.Eager => Eager(options, cancel),
        BenchTrainPart.Limit => Limit(options),
        _ => Own(options, cancel),
    };

    /// <summary>This project's training, through the trainer that run-math uses.</summary>
    private static JsonObject Own(BenchTrainOptions options, CancellationToken cancel)
    {
        TorchRuntime.Initialize(options.Model.Threads);
        var folder = ModelFolder.Open(options.WorkDir!);
        using var adapter = new SuperAdapter(Lora(options), new SeededRandom(options.Seed));
        var device = DeviceSetup.Open(options.Model.Device, options.Model.Tf32, NullLogger.Instance);
        using var first = zeros(1, device: device); // starts the device
        long? taken = DeviceMemory.Taken(device);
        using var model = folder.Build(options.ElementType, adapter.Linears, device);
        bool elastic = options.Part == BenchTrainPart.Lonas;
        if (elastic)
        {
            adapter.Attach(Space(options, folder, adapter));
        }

        var (times, processor) = (new List<double>(), new List<double>());
        using var watch = new ProcessorWatch();
        long last = Stopwatch.GetTimestamp();
        var active = new List<double>();
        using var trainer = new Trainer(
            model, adapter, (_, _, _) => new StepSettings(LearningRate, elastic ? int.MaxValue : 0, elastic),
            Examples(options), [], Training(options));
        trainer.Run(
            record =>
            {
                if (record.Event == TrainingEvent.Step)
                {
                    times.Add(Stopwatch.GetElapsedTime(last).TotalSeconds);
                    processor.Add(watch.Lap());
                    active.Add(LinearParameters(adapter));
                    last = Stopwatch.GetTimestamp();
                }
            },
            cancel: cancel);
        var result = Result(options, times, processor);
        result["active_linear_parameters"] = active.Skip(options.WarmUpSteps).Average();
        if (device.type == TorchSharp.DeviceType.CPU)
        {
            result["predicted_rss_bytes"] = (double)new MemoryEstimate(
                folder.Config, adapter.Shapes, options.ElementType)
                .Of(options.Batch, options.Seq, options.GradientCheckpointing);
        }
        else
        {
            // libtorch keeps what it once took, so that this is the peak.
            result["device_bytes"] = DeviceMemory.Taken(device) - taken;
        }

        bool widens = device.type == TorchSharp.DeviceType.CPU && options.ElementType == ScalarType.BFloat16
            && ProcessorTypes.PrefersFloat32;
        result["computes_in"] = widens ? "float32" : options.Dtype;
        result["final_loss"] = trainer.State.TotalLoss / trainer.State.GlobalStep;
        return result;
    }

    private static JsonObject Eager(BenchTrainOptions options, CancellationToken cancel)
    {
        TorchRuntime.Load();
        var sizes = options.Sizes;
        using var weights = WeightFolder.Open(options.WorkDir!);
        var map = new WeightMap(weights, options.ElementType);
        var tensors = sizes.Parts().SelectMany(part => part).ToDictionary(
            entry => entry.Name, entry => (Tensor)map.Take(entry.Name, entry.Shape));
        var targets = Lora(options);
        using var random = new Generator((ulong)options.Seed);
        var linears = new Dictionary<string, EagerLinear>();
        foreach (var (name, tensor) in tensors.Where(entry => entry.Value.dim() == 2 && !entry.Key.Contains("embed")))
        {
            var path = name[..^".weight".Length];
            bool adapted = targets.Targets(path);
            linears[path] = new EagerLinear(
                tensor,
                adapted ? new Parameter(empty(options.LoraR, tensor.shape[1]).normal_(0, Deviation, random)) : null,
                adapted ? new Parameter(zeros(tensor.shape[0], options.LoraR)) : null,
                targets.Scaling);
        }

        var shape = new EagerShape(sizes.Layers, sizes.Heads, sizes.KeyValueHeads, sizes.HeadSize);
        using var training = new EagerTraining(
            new EagerLlama(shape, name => tensors[name], path => linears[path]),
            [.. linears.Values.SelectMany(linear => new[] { linear.Lower, linear.Upper }).OfType<Parameter>()],
            LearningRate);
        var (times, processor) = (new List<double>(), new List<double>());
        using var watch = new ProcessorWatch();
        foreach (var rows in Examples(options).Chunk(options.Batch))
        {
            cancel.ThrowIfCancellationRequested();
            using var ids = tensor(rows.SelectMany(row => row.InputIds).Select(id => (long)id).ToArray())
                .view(options.Batch, options.Seq);
            times.Add(training.Step(ids).Seconds);
            processor.Add(watch.Lap());
        }

        return Result(options, times, processor);
    }

    /// <summary>
    /// The rate at which libtorch multiplies this model's own matrices, forward and backward, over the work that a step
    /// can't do without: 4 FLOPs for each active base weight and token, since a frozen weight needs no gradient (6
    /// where activations are computed again), and causal attention's products.
    /// </summary>
    private static JsonObject Limit(BenchTrainOptions options)
    {
        TorchRuntime.Initialize(options.Model.Threads);
        using var frozen = no_grad();
        var folder = ModelFolder.Open(options.WorkDir!);
        using var adapter = new SuperAdapter(Lora(options), new SeededRandom(options.Seed));
        var device = DeviceSetup.Open(options.Model.Device, options.Model.Tf32, NullLogger.Instance);
        using var model = folder.Build(options.ElementType, adapter.Linears); // for its shapes
        double flops = 0;
        double seconds = 0;
        foreach (var group in adapter.Shapes.Values.GroupBy(shape => (shape.In, shape.Out)))
        {
            flops += 4.0 * options.Batch * options.Seq * group.Key.In * group.Key.Out * group.Count();
            seconds += group.Count()
                * GemmTime.Measure(
                    options.Batch * options.Seq, group.Key.In, group.Key.Out, options.ElementType, device);
        }

        var space = Space(options, folder, adapter);
        adapter.Attach(space);
        var random = new SeededRandom(options.Seed);
        double active = Enumerable.Range(0, 200).Average(_ =>
        {
            using var chosen = adapter.Use(space.Random(random, int.MaxValue));
            return LinearParameters(adapter);
        });
        var sizes = options.Sizes;
        // Two products forward, four backward, over half of the square.
        double attention = (options.GradientCheckpointing ? 8 : 6) * (double)options.Seq * sizes.Hidden * sizes.Layers;
        double perToken = ((options.GradientCheckpointing ? 6 : 4) * active) + attention;
        return new JsonObject
        {
            ["tokens_per_s"] = flops / seconds / perToken,
            ["flops_per_s"] = flops / seconds,
            ["flops_per_token"] = perToken,
        };
    }

    private static double LinearParameters(SuperAdapter adapter) =>
        adapter.Layers.Values.Sum(layer => (double)layer.Active.In * layer.Active.Out);

    private static JsonObject Result(BenchTrainOptions options, List<double> times, List<double> processor)
    {
        var timed = times.Skip(options.WarmUpSteps).Order().ToArray();
        double median = (timed[timed.Length / 2] + timed[(timed.Length - 1) / 2]) / 2;
        return new JsonObject
        {
            ["tokens_per_s"] = options.Batch * options.Seq / median,
            ["seconds_per_step"] = median,
            ["fastest_step_seconds"] = timed[0],
            // Where other programs want the cores too, the processor's time says more than the clock's.
            ["cpu_seconds_per_step"] = processor.Skip(options.WarmUpSteps).Order().ElementAt(timed.Length / 2),
            ["peak_rss_bytes"] = (double)ProcessMemory.PeakBytes,
        };
    }

    private static LoraOptions Lora(BenchTrainOptions options) => new()
    {
        Rank = options.LoraR,
        Alpha = 2 * options.LoraR,
        Dropout = options.LoraDropout,
        TargetModules = ModelFamilies.Find(options.Family)!.Targets,
    };

    private static SearchSpace Space(BenchTrainOptions options, ModelFolder folder, SuperAdapter adapter)
    {
        var layout = LinearLayout.Load(folder.Path);
        var recipe = NncfRecipe.For(NncfPreset.Math, layout) with
        {
            Ranks = options.Ranks,
            MlpRatios = options.NncfRatios!,
            MlpWidths = null,
            TargetModules = Lora(options).TargetModules,
        };
        using var json = System.Text.Json.JsonDocument.Parse(NncfWriter.Write(layout, recipe).ToJsonString());
        var configuration = NncfConfiguration.Parse(json.RootElement, "bench's own");
        return configuration.Bind(adapter.Shapes, options.Sizes.HeadSize);
    }

    private static TrainingOptions Training(BenchTrainOptions options) => new()
    {
        MaxSteps = options.WarmUpSteps + options.TimedSteps,
        BatchSize = options.Batch,
        SaveStrategy = IntervalStrategy.No,
        LoggingSteps = int.MaxValue,
        Seed = options.Seed,
        GradientCheckpointing = options.GradientCheckpointing,
    };

    private static TrainingExample[] Examples(BenchTrainOptions options)
    {
        var random = new SeededRandom(options.Seed);
        int count = (options.WarmUpSteps + options.TimedSteps) * options.Batch;
        return
        [
            .. Enumerable.Range(0, count).Select(_ =>
            {
                var ids = Enumerable.Range(0, options.Seq).Select(_ => random.Next(options.Sizes.Vocabulary)).ToArray();
                return new TrainingExample(ids, ids);
            }),
        ];
    }
}
