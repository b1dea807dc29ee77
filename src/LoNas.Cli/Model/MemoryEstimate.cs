using System.Numerics;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Cli.Model;

/// <summary>
/// What training will hold resident at its peak, counted from shapes alone as the blocks compute it: the mapped base,
/// the adapters with AdamW's moments, what each block keeps for its gradient, and what passes while one block goes
/// back.
/// </summary>
/// <param name="config">The model's sizes.</param>
/// <param name="linears">Its linear layers with their adapters' ranks, at full width.</param>
/// <param name="dtype">Element type of the base.</param>
/// <param name="widens">Whether activations are float32 over a narrower base.</param>
/// <param name="isGlibc">Whether glibc's heap holds it, and not jemalloc's.</param>
internal sealed class MemoryEstimate(
    ModelConfig config, IReadOnlyDictionary<string, LinearShape> linears, ScalarType dtype, bool widens, bool isGlibc)
{
    /// <summary>The runtime and libtorch with their own buffers.</summary>
    private const long ProgramBytes = 200L << 20;

    private const int Float32Bytes = 4;

    /// <summary>The trained weight, its gradient and AdamW's two moments, all float32.</summary>
    private const int TrainedBytes = 4 * Float32Bytes;

    /// <summary>Of logits that exist at a time, as the trainer cuts the head.</summary>
    private const long HeadElements = 32 << 20;

    /// <summary>Of a weight that is widened at a time.</summary>
    private const long WideWeightElements = 16 << 20;

    /// <summary>
    /// Positions up to which attention's weights are kept, in blocks of queries that see the keys before them.
    /// </summary>
    private const long KeptAttention = 512;

    private const long AttentionBlock = 128;

    /// <summary>
    /// How far the heap grows over what lives in it at once: holes that aligned blocks leave are too small for others
    /// of their size in glibc's, which jemalloc avoids (docs/performance.md).
    /// </summary>
    private const double GlibcHoles = 2.6;

    private const double JemallocHoles = 1.1;

    private readonly KeptActivations _kept = ModelFamilies.Find(config.ModelType)?.Kept ?? new KeptActivations();

    private readonly string _head = ModelFamilies.Find(config.ModelType)?.HeadPath ?? LinearLayout.LanguageHead;

    private readonly bool _widens = widens && dtype == ScalarType.BFloat16;

    /// <summary>The estimate for this process on its processor.</summary>
    public MemoryEstimate(ModelConfig config, IReadOnlyDictionary<string, LinearShape> linears, ScalarType dtype)
        : this(config, linears, dtype, ProcessorTypes.PrefersFloat32, HasGlibcHeap)
    {
    }

    /// <summary>The estimate of the memory of a model's device.</summary>
    public static MemoryEstimate Of(ElasticModel model) => model.Device.type == TorchSharp.DeviceType.CPU
        ? new MemoryEstimate(model.Folder.Config, model.Adapter.Shapes, model.DType)
        : new MemoryEstimate(model.Folder.Config, model.Adapter.Shapes, model.DType, widens: false, isGlibc: false);

    private static bool HasGlibcHeap => OperatingSystem.IsLinux()
        && !File.ReadLines("/proc/self/maps").Any(line => line.Contains("libjemalloc", StringComparison.Ordinal));

    private long BaseElement => dtype == ScalarType.Float32 ? Float32Bytes : 2;

    private long Element => _widens ? Float32Bytes : BaseElement;

    /// <summary>Bytes at the peak.</summary>
    /// <param name="batch">Sequences of a micro-batch.</param>
    /// <param name="length">Tokens of a sequence.</param>
    /// <param name="checkpointing">Whether only the blocks' inputs are kept.</param>
    /// <param name="microBatches">Those of a step: their gradients are added pairwise, so that some sums wait.</param>
    public long Of(long batch, long length, bool checkpointing, int microBatches = 1)
    {
        long trained = linears.Values.Sum(linear => linear.Rank * (linear.In + linear.Out));
        // Adapters are cast for the products of a narrow block and kept with its graph.
        int blocks = checkpointing ? config.LayerCount : 1;
        double casts = Element == Float32Bytes ? 0 : (double)trained * Element / blocks;
        double heap = Activations(batch, length, checkpointing) + casts;
        return ProgramBytes + (BaseParameters() * BaseElement) + (trained * TrainedBytes)
            + (trained * Float32Bytes * BitOperations.Log2((uint)microBatches))
            + (long)(heap * (isGlibc ? GlibcHoles : JemallocHoles));
    }

    private long BaseParameters() => config.OtherParameters + linears
        .Where(linear => !config.TieWordEmbeddings || linear.Key != _head)
        .Sum(linear => (linear.Value.In * linear.Value.Out) + (linear.Value.Bias ? linear.Value.Out : 0));

    private double Activations(long batch, long length, bool checkpointing)
    {
        double tokens = (double)batch * length;
        var blocks = linears.Where(linear => linear.Key != _head).ToArray();
        // The stream that comes in and the one between attention and MLP, beside what the linear layers keep and are
        // kept for.
        long perToken = (2 * config.HiddenSize * config.LayerCount)
            + blocks.Sum(linear => Kept(Name(linear.Key), linear.Value));
        double kept = (perToken * tokens) + (config.LayerCount * AttentionWeights(batch, length));
        long widest = blocks.Where(linear => !_kept.Summed.Contains(Name(linear.Key))).Max(linear => linear.Value.Out);
        double passing = tokens * ((3 * widest) + (3 * config.HiddenSize));
        if (checkpointing)
        {
            // All inputs, and one block as above.
            kept = (config.HiddenSize * config.LayerCount * tokens) + (kept / config.LayerCount);
        }

        double head = Math.Min(HeadElements, tokens * config.VocabularySize) + (2 * tokens * config.HiddenSize);
        double wide = _widens ? Math.Min(WideWeightElements, linears.Values.Max(linear => linear.In * linear.Out)) : 0;
        return (kept + passing + head + wide) * Element;
    }

    private static string Name(string path) => path[(path.LastIndexOf('.') + 1)..];

    /// <summary>
    /// Elements for each token: an output is kept by what uses it but for a sum, an input by an adapter.
    /// </summary>
    private long Kept(string name, LinearShape linear) =>
        (_kept.Summed.Contains(name) ? 0
            : _kept.RepeatedHeads.Contains(name) ? config.HeadCount * config.HeadSize
            : _kept.FusedHeads.Contains(name) ? 3 * config.HeadCount * config.HeadSize
            : linear.Out)
        + (_kept.Normed.Contains(name) ? linear.Out : 0)
        + linear.Rank
        + (linear.Rank > 0 && !_kept.SharesInput.Contains(name) ? linear.In : 0);

    private double AttentionWeights(long batch, long length)
    {
        if (!_kept.KeepsWeights)
        {
            return 0;
        }

        // What libtorch's own attention keeps.
        double output = (double)batch * length * config.HeadCount * config.HeadSize;
        if (_kept.HasBias)
        {
            // The bias is shared by all blocks, and made by way of another in float32.
            return output + (2.0 * config.HeadCount * length * length * Float32Bytes / Element / config.LayerCount);
        }

        if (length > KeptAttention)
        {
            return output;
        }

        long seen = 0;
        for (long first = 0; first < length; first += AttentionBlock)
        {
            long end = Math.Min(length, first + AttentionBlock);
            seen += (end - first) * end;
        }

        return (double)batch * config.HeadCount * seen;
    }
}
