using System.Diagnostics;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Models.Attention;
using LoNas.Runtime;
using static TorchSharp.torch;

namespace LoNas.Benchmarks;

/// <summary>An extracted model whose prefill and decoding are timed.</summary>
internal sealed class TimedModel : IDisposable
{
    private const int PromptLength = 256;
    private const int NewTokens = 32;

    private readonly SuperAdapter _adapter = new(null, new SeededRandom(0));
    private readonly ICausalModel _model;

    public TimedModel(string folder) =>
        _model = ModelFolder.Open(folder).Build(ScalarType.Float32, _adapter.Linears);

    /// <summary>The shortest times so far in milliseconds, of the prompt and of a new token.</summary>
    public (double Prefill, double Decode) Best { get; private set; } = (double.MaxValue, double.MaxValue);

    /// <summary>Times one prompt and the tokens after it.</summary>
    public void Round()
    {
        using var scope = NewDisposeScope();
        using var evaluation = no_grad();
        using var cache = new KvCache(_model.CacheShape, 1, PromptLength + NewTokens);
        long start = Stopwatch.GetTimestamp();
        Step(arange(PromptLength, ScalarType.Int64).unsqueeze(0), cache);
        double prefill = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        start = Stopwatch.GetTimestamp();
        for (int i = 0; i < NewTokens; i++)
        {
            Step(full(1, 1, i, ScalarType.Int64), cache);
        }

        double decode = Stopwatch.GetElapsedTime(start).TotalMilliseconds / NewTokens;
        Best = (Math.Min(Best.Prefill, prefill), Math.Min(Best.Decode, decode));
    }

    public void Dispose()
    {
        _model.Dispose();
        _adapter.Dispose();
    }

    private void Step(Tensor ids, KvCache cache)
    {
        using var scope = NewDisposeScope();
        var hidden = _model.HiddenStates(ids, cache: cache);
        _model.Logits(hidden.select(1, -1)).argmax().item<long>();
    }
}
