using LoNas.Bench.Eager;
using LoNas.Elastic;
using LoNas.Storage;
using LoNas.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Tests.Bench;

/// <summary>An eager LLaMA with copies of a model's weights and adapter.</summary>
/// <param name="Model">The model.</param>
/// <param name="Linears">Its linears, by path.</param>
internal sealed record EagerTwin(EagerLlama Model, IReadOnlyDictionary<string, EagerLinear> Linears)
{
    /// <summary>What is trained.</summary>
    public IReadOnlyList<Parameter> Parameters =>
        [.. Linears.Values.SelectMany(linear => new[] { linear.Lower, linear.Upper }).OfType<Parameter>()];

    /// <summary>Copies a model.</summary>
    /// <param name="folder">Its checkpoint.</param>
    /// <param name="adapter">The adapter that its linears were made by.</param>
    public static EagerTwin Of(string folder, SuperAdapter adapter)
    {
        using var weights = WeightFolder.Open(folder);
        var linears = adapter.Layers.ToDictionary(entry => entry.Key, entry => new EagerLinear(
            entry.Value.Weight.detach().clone(),
            Copy(entry.Value.LoraA),
            Copy(entry.Value.LoraB),
            entry.Value.Scaling));
        var map = new WeightMap(weights, ScalarType.Float32);
        var config = JsonInput.Load(Path.Combine(folder, "config.json"), "fixture");
        long hidden = Number("hidden_size");
        int layers = (int)Number("num_hidden_layers");
        long heads = Number("num_attention_heads");
        var shape = new EagerShape(
            layers, heads, Number("num_key_value_heads"), hidden / heads,
            config.GetProperty("rms_norm_eps").GetDouble());
        var embedding = Take("model.embed_tokens.weight", Number("vocab_size"), hidden);
        linears.TryAdd("lm_head", new EagerLinear(embedding, null, null, 0));
        string[] norms =
        [
            "model.norm.weight",
            .. Enumerable.Range(0, layers).SelectMany(layer => new[] { "input_layernorm", "post_attention_layernorm" }
                .Select(norm => $"model.layers.{layer}.{norm}.weight")),
        ];
        var others = norms.ToDictionary(path => path, path => Take(path, hidden));
        others["model.embed_tokens.weight"] = embedding;
        return new EagerTwin(new EagerLlama(shape, path => others[path], path => linears[path]), linears);

        long Number(string key) => config.GetProperty(key).GetInt64();
        Tensor Take(string name, params long[] sizes) => ((Tensor)map.Take(name, sizes)).clone();
    }

    private static Parameter? Copy(Parameter? parameter) =>
        parameter is null ? null : new Parameter(parameter.detach().clone());
}
