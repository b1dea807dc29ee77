using LoNas.Data;
using LoNas.Models;
using LoNas.Models.Attention;
using LoNas.Tests.Support;
using LoNas.Training.Gradients;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Models;

public sealed class LlamaTests
{
    [Fact]
    public void HiddenStates_CachedTokenByToken_EqualsOnePass()
    {
        using var scope = NewDisposeScope();
        var (model, _) = TinyModels.LoadCausal("llama-gqa-tiny");
        var ids = tensor(new long[] { 5, 17, 9, 200, 31, 8 }).view(1, -1);
        var whole = model.HiddenStates(ids);

        using var cache = new KvCache(model.CacheShape, 1, 6);
        var parts = new[]
        {
            model.HiddenStates(ids.narrow(1, 0, 3), cache: cache),
            model.HiddenStates(ids.narrow(1, 3, 1), cache: cache),
            model.HiddenStates(ids.narrow(1, 4, 2), cache: cache),
        };

        Close.Absolute(whole, cat(parts, 1), 1e-5);
    }

    [Theory]
    [InlineData("llama-tiny-f16", 3e-2)]
    [InlineData("llama-tiny-bf16", 3e-1)]
    public void HiddenStates_HalfPrecisionCheckpoint_NativeLogitsAndLossEqualTransformers(string name, double native)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(Repository.Fixture(name, "expected.safetensors"));
        var mask = file.Load("attention_mask").to(ScalarType.Bool);
        var real = mask.unsqueeze(-1);
        var ids = file.Load("input_ids");

        var dtype = name.EndsWith("bf16", StringComparison.Ordinal) ? ScalarType.BFloat16 : ScalarType.Float16;
        var (half, _) = TinyModels.LoadCausal(name, dtype: dtype);
        var logits = half.Logits(half.HiddenStates(ids, mask)).to(ScalarType.Float32);
        Close.Recorded(
            $"{name} logits, computed in its type", file.Load("logits_native").to(ScalarType.Float32) * real,
            logits * real, native);

        var loss = CausalLoss.Compute(half, TokenBatch.Pad(TinyLora.Examples(file), [0, 1, 2]))!;
        Assert.Equal(ScalarType.Float32, loss.dtype);
        Close.Relative($"{name} loss, computed in its type", file.Load("loss_native").item<float>(), loss.item<float>(),
            native / 10);
    }
}
