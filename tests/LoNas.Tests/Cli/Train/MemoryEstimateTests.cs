using LoNas.Bench.Models;
using LoNas.Cli.Model;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Tests.Cli.Train;

public sealed class MemoryEstimateTests
{
    private static readonly LoraOptions Lora = new()
    {
        Rank = 32,
        Alpha = 64,
        TargetModules = ["q_proj", "k_proj", "v_proj", "gate_proj", "up_proj", "down_proj"],
    };

    /// <summary>Peaks that bench train measured on 2026-11-27 with jemalloc (docs/performance.md).</summary>
    [Theory]
    [InlineData("llama-110m", ScalarType.Float32, false, 4, false, 1.94e9)]
    [InlineData("llama-110m", ScalarType.BFloat16, false, 4, false, 1.01e9)]
    [InlineData("llama-110m", ScalarType.BFloat16, true, 4, false, 1.80e9)]
    [InlineData("llama-7b", ScalarType.BFloat16, true, 1, true, 15.15e9)]
    public void Of_MeasuredTrainings_WithinFifteenPercent(
        string shape, ScalarType dtype, bool widens, int batch, bool checkpointing, double measured) =>
        Assert.InRange(Estimate(shape, dtype, widens).Of(batch, 256, checkpointing), 0.85 * measured, 1.15 * measured);

    [Fact]
    public void Of_LargerBatches_GrowByTheSame()
    {
        var estimate = Estimate("llama-110m", ScalarType.Float32, widens: false);
        // From 1024 tokens on the head's logits are all there are.
        long step = estimate.Of(8, 256, false) - estimate.Of(6, 256, false);

        Assert.Equal(step, estimate.Of(16, 256, false) - estimate.Of(14, 256, false), 2.0);
        // 2 x 256 tokens x 12 blocks x 13824 kept floats, two thirds of a block's widths besides, and jemalloc's tenth.
        Assert.InRange(step, 1.1 * 512 * 12 * 13824 * 4, 1.2 * 1.1 * 512 * 12 * 13824 * 4);
        Assert.True(estimate.Of(8, 256, true) < estimate.Of(8, 256, false) / 2);
    }

    [Fact]
    public void Of_MoreMicroBatchesAStep_GrowsByTheSumsThatWait()
    {
        var estimate = Estimate("llama-110m", ScalarType.Float32, widens: false);
        long Extra(int microBatches) => estimate.Of(4, 256, false, microBatches) - estimate.Of(4, 256, false);

        Assert.Equal(0, Extra(1));
        // Rank 32 of q, k, v (768 to 768), gate, up and down (768 and 2048) in 12 blocks, in float32.
        Assert.Equal(12L * 32 * ((3 * (768 + 768)) + (3 * (768 + 2048))) * 4, Extra(3));
        Assert.Equal(4 * Extra(2), Extra(16));
    }

    private static MemoryEstimate Estimate(string shape, ScalarType dtype, bool widens)
    {
        var layout = LinearLayout.Read(
            JsonInput.Parse(LlamaShape.Known[shape].ToConfig().ToJsonString(), "shape"), "shape");
        return new MemoryEstimate(layout.Config, AdaptedLinears.Of(layout, Lora), dtype, widens, isGlibc: false);
    }
}
