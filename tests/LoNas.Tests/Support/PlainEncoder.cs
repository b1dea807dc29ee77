using LoNas.Runtime;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Support;

/// <summary>
/// Small random RoBERTa and DistilBERT classifiers, and what they compute by their published formulas, in float64, one
/// sequence at a time and so without pads. It shares no code with the library but the file's format.
/// </summary>
internal sealed class PlainEncoder : IDisposable
{
    private const int Layers = 2;
    private const long Heads = 4;
    private const long Hidden = 32;
    private const long Inner = 48;
    private const long Vocabulary = 40;

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, Tensor> _weights = [];
    private readonly Generator _random = new(7);
    private readonly bool _isRoberta;
    private readonly (double Hidden, double Attention, double Classifier) _dropout;

    /// <param name="family">roberta or distilbert.</param>
    /// <param name="dropout">Its own dropout, in config.json and in <see cref="Drawn"/>.</param>
    public PlainEncoder(string family, (double Hidden, double Attention, double Classifier) dropout = default)
    {
        (_isRoberta, _dropout) = (family == "roberta", dropout);
        File.WriteAllText(Path.Combine(Folder, "config.json"), FormattableString.Invariant(_isRoberta
            ? (FormattableString)$$"""
              {"model_type": "roberta", "architectures": ["RobertaModel"], "hidden_size": 32, "intermediate_size": 48,
               "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 40, "max_position_embeddings": 34,
               "type_vocab_size": 1, "layer_norm_eps": 1e-05, "pad_token_id": 1, "hidden_act": "gelu",
               "hidden_dropout_prob": {{dropout.Hidden}}, "attention_probs_dropout_prob": {{dropout.Attention}},
               "classifier_dropout": {{dropout.Classifier}}}
              """
            : (FormattableString)$$"""
              {"model_type": "distilbert", "architectures": ["DistilBertModel"], "dim": 32, "hidden_dim": 48,
               "n_layers": 2, "n_heads": 4, "vocab_size": 40, "max_position_embeddings": 32, "activation": "gelu",
               "dropout": {{dropout.Hidden}}, "attention_dropout": {{dropout.Attention}},
               "seq_classif_dropout": {{dropout.Classifier}}, "pad_token_id": 0}
              """));
        Make();
        Save(name => name);
    }

    public string Folder => _folder.Root;

    /// <summary>The id that pads.</summary>
    public long Pad => _isRoberta ? 1 : 0;

    private string Body => _isRoberta ? "roberta" : "distilbert";

    /// <summary>Writes the checkpoint, each tensor under another name; null leaves it out.</summary>
    public void Save(Func<string, string?> rename) => SafetensorsWriter.Save(
        Path.Combine(Folder, "model.safetensors"),
        [.. _weights.Where(entry => rename(entry.Key) is not null).Select(
            entry => (rename(entry.Key)!, entry.Value.to(ScalarType.Float32)))]);

    /// <summary>The scores of one sequence, [labels].</summary>
    public Tensor Logits(params long[] ids) => Logits((input, _) => input, ids);

    /// <summary>The same in training, with dropout where Transformers has it, drawn anew each time.</summary>
    public Tensor Drawn(params long[] ids) => Logits(
        (input, share) => share == 0 ? input
            : input * rand(input.shape, ScalarType.Float64, generator: _random).ge(Number(share))
                * Number(1 / (1 - share)),
        ids);

    private Tensor Logits(Func<Tensor, double, Tensor> drop, long[] ids)
    {
        // RoBERTa's padding token stands at its own id, the n-th of the others at n behind it.
        var places = ids.Select((id, place) => !_isRoberta ? place
            : id == Pad ? Pad : Pad + ids.Take(place + 1).LongCount(before => before != Pad));
        var states = _weights[$"{Body}.embeddings.word_embeddings.weight"][tensor(ids)]
            .Plus(_weights[$"{Body}.embeddings.position_embeddings.weight"][tensor(places.ToArray())]);
        states = Norm($"{Body}.embeddings.LayerNorm", _isRoberta
            ? states.Plus(_weights[$"{Body}.embeddings.token_type_embeddings.weight"])
            : states);
        states = drop(states, _dropout.Hidden);
        for (int layer = 0; layer < Layers; layer++)
        {
            states = Block(layer, states, drop);
        }

        var first = states[0].unsqueeze(0);
        var inner = _isRoberta
            ? Linear("classifier.dense", drop(first, _dropout.Classifier)).tanh()
            : Linear("pre_classifier", first).clamp(min: 0);
        return Linear(
            _isRoberta ? "classifier.out_proj" : "classifier", drop(inner, _dropout.Classifier))[0];
    }

    public void Dispose() => _folder.Dispose();

    private Tensor Block(int layer, Tensor states, Func<Tensor, double, Tensor> drop)
    {
        var (path, parts) = Names(layer);
        var mixed = new List<Tensor>();
        for (long head = 0; head < Heads; head++)
        {
            Tensor Of(string name) =>
                Linear($"{path}.{name}", states).narrow(1, head * Hidden / Heads, Hidden / Heads);
            var scores = Of(parts[0]).mm(Of(parts[1]).t()) * Number(1 / Math.Sqrt(Hidden / (double)Heads));
            var powers = scores.exp();
            mixed.Add(drop(powers / powers.sum(1, keepdim: true), _dropout.Attention).mm(Of(parts[2])));
        }

        // DistilBERT drops nothing here.
        var joined = Linear($"{path}.{parts[3]}", cat(mixed, 1));
        var attended = Norm(
            $"{path}.{parts[4]}", (_isRoberta ? drop(joined, _dropout.Hidden) : joined).Plus(states));
        var wide = Linear($"{path}.{parts[5]}", attended);
        var active = wide * Number(0.5) * (wide * Number(Math.Sqrt(0.5))).erf().Plus(Number(1));
        var output = drop(Linear($"{path}.{parts[6]}", active), _dropout.Hidden);
        return Norm($"{path}.{parts[7]}", output.Plus(attended));
    }

    private (string Path, string[] Parts) Names(int layer) => _isRoberta
        ? ($"roberta.encoder.layer.{layer}",
            [
                "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
                "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm",
            ])
        : ($"distilbert.transformer.layer.{layer}",
            [
                "attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm",
                "ffn.lin1", "ffn.lin2", "output_layer_norm",
            ]);

    private Tensor Linear(string path, Tensor input) =>
        matmul(input, _weights[$"{path}.weight"].t()).Plus(_weights[$"{path}.bias"]);

    private Tensor Norm(string path, Tensor input)
    {
        var centred = input.Minus(input.mean([-1], keepdim: true));
        var variance = (centred * centred).mean([-1], keepdim: true);
        return (centred / variance.Plus(Number(_isRoberta ? 1e-5 : 1e-12)).sqrt() * _weights[$"{path}.weight"])
            .Plus(_weights[$"{path}.bias"]);
    }

    /// <summary>A tensor: a literal makes a scalar that may be finalised while the native call reads it.</summary>
    private static Tensor Number(double value) => tensor(value, ScalarType.Float64);

    private void Make()
    {
        Draw($"{Body}.embeddings.word_embeddings.weight", Vocabulary, Hidden);
        Draw($"{Body}.embeddings.position_embeddings.weight", _isRoberta ? 34 : 32, Hidden);
        DrawPair($"{Body}.embeddings.LayerNorm", Hidden);
        if (_isRoberta)
        {
            Draw($"{Body}.embeddings.token_type_embeddings.weight", 1, Hidden);
        }

        for (int layer = 0; layer < Layers; layer++)
        {
            var (path, parts) = Names(layer);
            foreach (var (index, part) in parts.Index())
            {
                DrawPair($"{path}.{part}", index switch
                {
                    4 or 7 => [Hidden],
                    5 => [Inner, Hidden],
                    6 => [Hidden, Inner],
                    _ => [Hidden, Hidden],
                });
            }
        }

        DrawPair(_isRoberta ? "classifier.dense" : "pre_classifier", Hidden, Hidden);
        DrawPair(_isRoberta ? "classifier.out_proj" : "classifier", 2, Hidden);
    }

    private void DrawPair(string path, params long[] shape)
    {
        Draw($"{path}.weight", shape);
        Draw($"{path}.bias", shape[0]);
    }

    /// <summary>As float32 holds it.</summary>
    private void Draw(string name, params long[] shape) => _weights[name] =
        (randn(shape, ScalarType.Float32, generator: _random) * 0.3).to(ScalarType.Float64).DetachFromDisposeScope();
}
