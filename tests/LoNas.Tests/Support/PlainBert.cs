using LoNas.Runtime;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Support;

/// <summary>
/// BERT's classifier in float64, written down from its formulas (Devlin et al., 2019) over the tensors of a checkpoint,
/// with dropout by masks of a generator of its own. It shares no code with the library but the reading of the file.
/// </summary>
internal sealed class PlainBert(
    SafetensorsFile file,
    int layers,
    int heads,
    (double Hidden, double Attention, double Classifier) dropout,
    long seed)
{
    private readonly Dictionary<string, Tensor> _weights =
        file.Names.ToDictionary(name => name, name => file.Load(name).to(ScalarType.Float64));

    private readonly Generator _random = new((ulong)seed);

    /// <summary>Logits, [B, labels].</summary>
    /// <param name="ids">[B, T].</param>
    /// <param name="types">[B, T].</param>
    /// <param name="real">1 at tokens, 0 at pads, [B, T].</param>
    public Tensor Logits(Tensor ids, Tensor types, Tensor real)
    {
        const string embeddings = "bert.embeddings";
        var sum = Rows($"{embeddings}.word_embeddings", ids)
            .Plus(Rows($"{embeddings}.token_type_embeddings", types))
            .Plus(_weights[$"{embeddings}.position_embeddings.weight"][TensorIndex.Slice(0, ids.shape[1])]);
        var hidden = Drop(Norm($"{embeddings}.LayerNorm", sum), dropout.Hidden);
        for (int layer = 0; layer < layers; layer++)
        {
            hidden = Block($"bert.encoder.layer.{layer}", hidden, real);
        }

        var pooled = Linear("bert.pooler.dense", hidden[TensorIndex.Colon, 0]).tanh();
        return Linear("classifier", Drop(pooled, dropout.Classifier));
    }

    private Tensor Block(string path, Tensor hidden, Tensor real)
    {
        var mixed = Linear($"{path}.attention.output.dense", Attention($"{path}.attention.self", hidden, real));
        var attended = Norm($"{path}.attention.output.LayerNorm", Drop(mixed, dropout.Hidden).Plus(hidden));
        var wide = Linear($"{path}.intermediate.dense", attended);
        var active = wide * Number(0.5) * (wide * Number(Math.Sqrt(0.5))).erf().Plus(Number(1));
        var output = Drop(Linear($"{path}.output.dense", active), dropout.Hidden);
        return Norm($"{path}.output.LayerNorm", output.Plus(attended));
    }

    private Tensor Attention(string path, Tensor hidden, Tensor real)
    {
        long size = hidden.shape[2] / heads;
        var parts = new List<Tensor>();
        var (queries, keys, values) =
            (Linear($"{path}.query", hidden), Linear($"{path}.key", hidden), Linear($"{path}.value", hidden));
        for (int head = 0; head < heads; head++)
        {
            Tensor Of(Tensor all) => all.narrow(2, head * size, size);
            var scores = einsum("bqd,bkd->bqk", Of(queries), Of(keys)) * Number(1 / Math.Sqrt(size));
            var powers = scores.exp() * real.unsqueeze(1);
            var weights = powers / powers.sum(2, keepdim: true);
            parts.Add(einsum("bqk,bkd->bqd", Drop(weights, dropout.Attention), Of(values)));
        }

        return cat(parts, 2);
    }

    private Tensor Rows(string path, Tensor ids) => _weights[$"{path}.weight"][ids];

    private Tensor Linear(string path, Tensor input) =>
        matmul(input, _weights[$"{path}.weight"].t()).Plus(_weights[$"{path}.bias"]);

    private Tensor Norm(string path, Tensor input)
    {
        var centred = input.Minus(input.mean([-1], keepdim: true));
        var variance = (centred * centred).mean([-1], keepdim: true);
        return (centred / variance.Plus(Number(1e-12)).sqrt() * _weights[$"{path}.weight"])
            .Plus(_weights[$"{path}.bias"]);
    }

    private Tensor Drop(Tensor input, double probability) => probability == 0
        ? input
        : input * rand(input.shape, ScalarType.Float64, generator: _random).ge(Number(probability))
            * Number(1 / (1 - probability));

    /// <summary>A tensor: a literal makes a scalar that may be finalised while the native call reads it.</summary>
    private static Tensor Number(double value) => tensor(value, ScalarType.Float64);
}
