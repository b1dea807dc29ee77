using LoNas.Models;
using LoNas.Models.Layers;
using LoNas.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoNas.Export.Gguf;

/// <summary>
/// Computes with a GGUF file's own tensors, to see whether it says what the model it was made of says.
/// </summary>
internal static class GgufModel
{
    /// <summary>The logits of a prompt, [1, T, vocabulary] float32.</summary>
    public static Tensor Logits(string path, GgufFamily family, IReadOnlyList<int> prompt)
    {
        using var scope = NewDisposeScope();
        using var evaluation = no_grad();
        using var weights = WeightFolder.Of(path, new Weights(GgufFile.Open(path), family));
        var map = new WeightMap(weights, ScalarType.Float32);
        var biased = family.Model.Layout.Linears.Where(linear => linear.Bias).Select(linear => linear.Path).ToHashSet();
        using var model = family.Model.Causal!(map, name => new Linear(weights, name, biased.Contains(name)));
        map.ThrowIfMismatched();
        var input = tensor(prompt.Select(id => (long)id).ToArray()).unsqueeze(0); // [1, T]
        return model.AllLogits(input).MoveToOuterDisposeScope();
    }

    /// <summary>The file's tensors under Transformers' names and in its form.</summary>
    private sealed class Weights : IWeightFile
    {
        private readonly GgufFile _file;
        private readonly GgufFamily _family;
        private readonly Dictionary<string, string> _stored;

        public Weights(GgufFile file, GgufFamily family)
        {
            (_file, _family) = (file, family);
            _stored = family.Names.ToDictionary(name => name, family.NameOfTensor);
        }

        public IReadOnlyCollection<string> Names => _stored.Keys;

        public IReadOnlyList<long> ShapeOf(string name) => _file.ShapeOf(_stored[name]);

        public ScalarType TypeOf(string name) => ScalarType.Float32;

        public Tensor Load(string name)
        {
            using var stored = _file.Load(_stored[name]);
            using var wide = stored.to(ScalarType.Float32);
            return _family.Form.Back(name[..name.LastIndexOf('.')], wide);
        }

        public void Dispose() => _file.Dispose();
    }

    /// <summary>A linear layer that takes its weights from the file while it works.</summary>
    private sealed class Linear(WeightFolder weights, string path, bool bias) : Module<Tensor, Tensor>(nameof(Linear))
    {
        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var product = LinearProduct.Of(
                input, weights.Load($"{path}.weight"), bias ? weights.Load($"{path}.bias") : null);
            return product.MoveToOuterDisposeScope();
        }
    }
}
