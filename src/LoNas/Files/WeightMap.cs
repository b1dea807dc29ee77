using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Files;

/// <summary>
/// Hands out a checkpoint's tensors by name and expected shape while a model is built. Mismatches are gathered, so that
/// one error names all of them; tensors nobody asked for are known at the end.
/// </summary>
public sealed class WeightMap
{
    private const int MostShown = 12;

    private static readonly string[] BodyPrefixes = ["model.", "transformer.", "bert."];

    private readonly WeightFolder _folder;
    private readonly HashSet<string> _taken = [];
    private readonly List<string> _problems = [];

    /// <summary>Reads <paramref name="folder"/>; floating-point tensors are given in <paramref name="dtype"/>.</summary>
    public WeightMap(WeightFolder folder, ScalarType dtype)
    {
        _folder = folder;
        DType = dtype;
    }

    /// <summary>The element type in which tensors are handed out.</summary>
    public ScalarType DType { get; }

    /// <summary>Tensors of the checkpoint that were not asked for.</summary>
    public IEnumerable<string> Unused => _folder.Names.Where(name => !_taken.Contains(name));

    /// <summary>Whether the checkpoint holds this tensor.</summary>
    public bool Contains(string name) => _folder.Contains(NameInFile(name));

    /// <summary>A frozen parameter of this name; mapped where the checkpoint has the wanted type, else a converted copy.</summary>
    public Parameter Take(string name, params long[] shape)
    {
        name = NameInFile(name);
        _taken.Add(name);
        if (!_folder.Contains(name))
        {
            return Missing($"'{name}' is missing; expected shape [{string.Join(", ", shape)}]", shape);
        }

        if (!_folder.ShapeOf(name).SequenceEqual(shape))
        {
            return Missing(
                $"'{name}' has shape [{string.Join(", ", _folder.ShapeOf(name))}]; config.json makes it "
                + $"[{string.Join(", ", shape)}]", shape);
        }

        var tensor = _folder.Load(name);
        if (tensor.dtype == DType)
        {
            return new Parameter(tensor, requires_grad: false);
        }

        using (tensor)
        {
            return new Parameter(tensor.to(DType), requires_grad: false);
        }
    }

    /// <summary>Fails if any tensor was missing or of another shape.</summary>
    /// <exception cref="InvalidDataException">Names the tensors, at most the first twelve.</exception>
    public void ThrowIfMismatched()
    {
        if (_problems.Count == 0)
        {
            return;
        }

        var shown = string.Concat(_problems.Take(MostShown).Select(problem => $"\n  {problem}"));
        var rest = _problems.Count > MostShown ? $"\n  and {_problems.Count - MostShown} more" : "";
        throw new InvalidDataException(
            $"The weights in '{_folder.Path}' do not fit its config.json ({_problems.Count} problems); use files that "
            + $"belong together:{shown}{rest}");
    }

    /// <summary>
    /// The checkpoint's own name of a tensor. A body saved without its head lacks the prefix, and old BERTs call the
    /// weight and bias of a LayerNorm gamma and beta. An unknown name stays as it is.
    /// </summary>
    private string NameInFile(string name)
    {
        var prefix = BodyPrefixes.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) ?? "";
        string[] names = [name, name[prefix.Length..]];
        return names.Concat(names.Select(OldNormName)).FirstOrDefault(_folder.Contains, name);
    }

    private static string OldNormName(string name) => name
        .Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
        .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal);

    private Parameter Missing(string problem, long[] shape)
    {
        _problems.Add(problem);
        // Building goes on to find every problem; the meta device takes no memory.
        return new Parameter(empty(shape, DType, device: META), requires_grad: false);
    }
}
