using LoNas.Elastic;

namespace LoNas.Tests.Support;

/// <summary>The linears of whole models by their sizes alone, with adapters of one rank on the targets.</summary>
internal static class ModelLinears
{
    public static Dictionary<string, LinearShape> Llama(
        int layers, int hidden, int inner, int vocabulary, int rank, params string[] targets)
    {
        var linears = new Linears(rank, targets);
        for (int i = 0; i < layers; i++)
        {
            foreach (var name in new[] { "q_proj", "k_proj", "v_proj", "o_proj" })
            {
                linears.Add($"model.layers.{i}.self_attn.{name}", hidden, hidden);
            }

            linears.Add($"model.layers.{i}.mlp.gate_proj", hidden, inner);
            linears.Add($"model.layers.{i}.mlp.up_proj", hidden, inner);
            linears.Add($"model.layers.{i}.mlp.down_proj", inner, hidden);
        }

        linears.Add("lm_head", hidden, vocabulary);
        return linears.All;
    }

    public static Dictionary<string, LinearShape> Bloom(
        int layers, int hidden, int vocabulary, int rank, params string[] targets)
    {
        var linears = new Linears(rank, targets, bias: true);
        for (int i = 0; i < layers; i++)
        {
            linears.Add($"transformer.h.{i}.self_attention.query_key_value", hidden, 3 * hidden);
            linears.Add($"transformer.h.{i}.self_attention.dense", hidden, hidden);
            linears.Add($"transformer.h.{i}.mlp.dense_h_to_4h", hidden, 4 * hidden);
            linears.Add($"transformer.h.{i}.mlp.dense_4h_to_h", 4 * hidden, hidden);
        }

        linears.All.Add("lm_head", new LinearShape(hidden, vocabulary, 0));
        return linears.All;
    }

    public static Dictionary<string, LinearShape> Bert(
        int layers, int hidden, int inner, int rank, params string[] targets)
    {
        var linears = new Linears(rank, targets, bias: true);
        for (int i = 0; i < layers; i++)
        {
            foreach (var name in new[] { "self.query", "self.key", "self.value", "output.dense" })
            {
                linears.Add($"bert.encoder.layer.{i}.attention.{name}", hidden, hidden);
            }

            linears.Add($"bert.encoder.layer.{i}.intermediate.dense", hidden, inner);
            linears.Add($"bert.encoder.layer.{i}.output.dense", inner, hidden);
        }

        linears.Add("bert.pooler.dense", hidden, hidden);
        linears.Add("classifier", hidden, 2);
        return linears.All;
    }

    private sealed class Linears(int rank, string[] targets, bool bias = false)
    {
        public Dictionary<string, LinearShape> All { get; } = [];

        public void Add(string path, int inFeatures, int outFeatures) => All.Add(path, new LinearShape(
            inFeatures, outFeatures, targets.Contains(path[(path.LastIndexOf('.') + 1)..]) ? rank : 0, bias));
    }
}
