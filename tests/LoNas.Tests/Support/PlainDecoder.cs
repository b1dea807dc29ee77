using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Support;

/// <summary>
/// What a Phi-3 and a GPT-NeoX of the recorded tiny sizes compute by their published formulas, in float64, one sequence
/// at a time. It shares no code with the library but the file's format.
/// </summary>
internal sealed class PlainDecoder
{
    private const long Head = 16;
    private const int Layers = 4;

    private readonly Dictionary<string, Tensor> _weights;

    /// <param name="folder">The checkpoint.</param>
    public PlainDecoder(string folder)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        _weights = file.Names.ToDictionary(name => name, name => file.Load(name).to(ScalarType.Float64));
    }

    /// <summary>Radians a position of each pair of rotated features.</summary>
    public double[] Frequencies { get; init; } = Unscaled(Head);

    /// <summary>What rotated features are multiplied by.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Latest positions that a query looks back to.</summary>
    public int Window { get; init; } = int.MaxValue;

    /// <summary>Whether GPT-NeoX's MLP reads what its attention reads.</summary>
    public bool IsParallel { get; init; } = true;

    /// <summary>Whether GPT-NeoX's GELU is approximated by tanh.</summary>
    public bool Approximates { get; init; }

    /// <summary>The frequencies of so many rotated features, the base being 10000.</summary>
    public static double[] Unscaled(long size, double theta = 10000) =>
        [.. Enumerable.Range(0, (int)size / 2).Select(pair => Math.Pow(theta, -2.0 * pair / size))];

    /// <summary>Logits, [T, V].</summary>
    public Tensor Logits(params long[] ids)
    {
        bool isPhi = _weights.ContainsKey("model.embed_tokens.weight");
        var states = _weights[isPhi ? "model.embed_tokens.weight" : "gpt_neox.embed_in.weight"][tensor(ids)];
        for (int layer = 0; layer < Layers; layer++)
        {
            states = isPhi ? PhiBlock($"model.layers.{layer}", states) : NeoXBlock($"gpt_neox.layers.{layer}", states);
        }

        var head = _weights.GetValueOrDefault("lm_head.weight")
            ?? _weights.GetValueOrDefault("embed_out.weight") ?? _weights["model.embed_tokens.weight"];
        return (isPhi ? RootMeanSquare("model.norm", states) : Norm("gpt_neox.final_layer_norm", states)).mm(head.t());
    }

    private Tensor PhiBlock(string path, Tensor states)
    {
        const int Heads = 4, Shared = 2;
        var fused = Linear($"{path}.self_attn.qkv_proj", RootMeanSquare($"{path}.input_layernorm", states));
        Tensor Of(int index) => fused.narrow(1, index * Head, Head);
        var mixed = Enumerable.Range(0, Heads).Select(head => Attend(
            Of(head), Of(Heads + (head * Shared / Heads)), Of(Heads + Shared + (head * Shared / Heads))));
        states = states + Linear($"{path}.self_attn.o_proj", cat([.. mixed], 1));
        var both = Linear($"{path}.mlp.gate_up_proj", RootMeanSquare($"{path}.post_attention_layernorm", states));
        var (gate, up) = (both.chunk(2, 1)[0], both.chunk(2, 1)[1]);
        return states + Linear($"{path}.mlp.down_proj", gate / ((-gate).exp() + Number(1)) * up);
    }

    private Tensor NeoXBlock(string path, Tensor states)
    {
        const int Heads = 4;
        var fused = Linear($"{path}.attention.query_key_value", Norm($"{path}.input_layernorm", states));
        Tensor Of(int index) => fused.narrow(1, index * Head, Head);
        var mixed = Enumerable.Range(0, Heads).Select(
            head => Attend(Of(3 * head), Of((3 * head) + 1), Of((3 * head) + 2)));
        var attended = Linear($"{path}.attention.dense", cat([.. mixed], 1)) + states;
        var wide = Linear(
            $"{path}.mlp.dense_h_to_4h", Norm($"{path}.post_attention_layernorm", IsParallel ? states : attended));
        var inner = Approximates
            ? ((wide + (wide * wide * wide * Number(0.044715))) * Number(Math.Sqrt(2 / Math.PI))).tanh()
            : (wide * Number(Math.Sqrt(0.5))).erf();
        return attended + Linear($"{path}.mlp.dense_4h_to_h", wide * Number(0.5) * (inner + Number(1)));
    }

    private Tensor Attend(Tensor query, Tensor key, Tensor value)
    {
        var scores = Rotated(query).mm(Rotated(key).t()) * Number(1 / Math.Sqrt(Head));
        int length = (int)query.shape[0];
        var seen = tensor(Enumerable.Range(0, length * length).Select(
            place => place % length <= place / length && place % length > (place / length) - Window).ToArray())
            .view(length, length);
        var powers = scores.exp() * seen.to(ScalarType.Float64);
        return (powers / powers.sum(1, keepdim: true)).mm(value);
    }

    private Tensor Rotated(Tensor states)
    {
        long pairs = Frequencies.Length;
        var angles = arange(states.shape[0], ScalarType.Float64).unsqueeze(1) * tensor(Frequencies).unsqueeze(0);
        var (cosine, sine) = (angles.cos() * Number(Factor), angles.sin() * Number(Factor));
        var (first, second) = (states.narrow(1, 0, pairs), states.narrow(1, pairs, pairs));
        return cat(
            [
                (first * cosine) - (second * sine), (second * cosine) + (first * sine),
                states.narrow(1, 2 * pairs, Head - (2 * pairs)),
            ], 1);
    }

    private Tensor Linear(string path, Tensor input)
    {
        var output = input.mm(_weights[$"{path}.weight"].t());
        return _weights.TryGetValue($"{path}.bias", out var bias) ? output + bias : output;
    }

    private Tensor RootMeanSquare(string path, Tensor input) =>
        input / ((input * input).mean([-1], keepdim: true) + Number(1e-5)).sqrt() * _weights[$"{path}.weight"];

    private Tensor Norm(string path, Tensor input)
    {
        var centred = input - input.mean([-1], keepdim: true);
        return (centred / ((centred * centred).mean([-1], keepdim: true) + Number(1e-5)).sqrt()
            * _weights[$"{path}.weight"]) + _weights[$"{path}.bias"];
    }

    /// <summary>A tensor: a literal makes a scalar that may be finalised while the native call reads it.</summary>
    private static Tensor Number(double value) => tensor(value, ScalarType.Float64);
}
