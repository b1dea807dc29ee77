using LoNas.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>
/// The names that one weight can have in a checkpoint. Transformers prefixes a weight with the name of the model's body
/// (<c>model.layers.0</c>) if the model was saved with its head, and not if the bare model was saved.
/// </summary>
internal static class WeightNames
{
    private static readonly string[] Bodies = ["model.", "transformer.", "bert.", "distilbert.", "roberta."];

    /// <summary>What a language model is called within a larger model, such as one that sees.</summary>
    private const string Part = "language_model.";

    /// <summary>The form of <paramref name="name"/> that the checkpoint uses; null if it has none.</summary>
    /// <param name="name">The name in a model with its head, such as <c>model.layers.0.mlp.up_proj.weight</c>.</param>
    /// <param name="holds">Whether the checkpoint has a tensor of exactly this name.</param>
    public static string? Find(string name, Func<string, bool> holds) => FindBody(name, holds)
        ?? (OldNormName(name) is var old && old != name ? FindBody(old, holds) : null)
        ?? Within(name).FirstOrDefault(holds);

    /// <summary>
    /// The names in a larger model: before Transformers 4.52 the whole model is the part, later its body alone is.
    /// </summary>
    private static string[] Within(string name) => name.StartsWith(Bodies[0], StringComparison.Ordinal)
        ? [$"{Part}{name}", $"{Bodies[0]}{Part}{name[Bodies[0].Length..]}"]
        : [$"{Part}{name}"];

    /// <summary>Early BERT checkpoints call the weight and bias of a layer norm gamma and beta.</summary>
    private static string OldNormName(string name) => name
        .Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
        .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal);

    private static string? FindBody(string name, Func<string, bool> holds)
    {
        if (holds(name))
        {
            return name;
        }

        var body = Bodies.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
        return body is null
            ? Bodies.Select(prefix => prefix + name).FirstOrDefault(holds)
            : holds(name[body.Length..]) ? name[body.Length..] : null;
    }
}

/// <summary>
/// Hands out the tensors of a checkpoint by name and expected shape while a model is built. Mismatches are collected,
/// so that one error lists all of them. At the end it knows which tensors were not used.
/// </summary>
public sealed class WeightMap
{
    private const int MostShown = 12;

    private readonly WeightFolder _folder;
    private readonly HashSet<string> _taken = [];
    private readonly HashSet<Parameter> _adopted = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<string> _missing = [];
    private readonly List<string> _problems = [];

    /// <summary>
    /// Hands out the tensors of <paramref name="folder"/>, converted to <paramref name="dtype"/>, on
    /// <paramref name="device"/> (null: the CPU).
    /// </summary>
    public WeightMap(WeightFolder folder, ScalarType dtype, Device? device = null)
    {
        TorchRuntime.Require();
        _folder = folder;
        DType = dtype;
        Device = device ?? CPU;
    }

    /// <summary>The device of the tensors handed out.</summary>
    public Device Device { get; }

    /// <summary>The element type of the tensors handed out.</summary>
    public ScalarType DType { get; }

    /// <summary>
    /// Whether tensors keep the type they are stored in instead of being converted to <see cref="DType"/>.
    /// </summary>
    internal bool KeepsStored { private get; init; }

    /// <summary>
    /// Whether the matrices of linear layers stay as they are stored, to be widened to <see cref="DType"/> while they
    /// work.
    /// </summary>
    internal bool WidensLinears { get; init; }

    /// <summary>
    /// The embedding that the head is tied to, which a checkpoint may hold under the head's name alone: of two names
    /// for one matrix, safetensors keeps the first by the alphabet. Null where nothing is tied.
    /// </summary>
    internal (string Embedding, string Head)? Tied { private get; init; }

    /// <summary>
    /// What the names of a classifier's head begin with, where another number of labels was asked for than the
    /// checkpoint's configuration has: one of another shape then counts as missing.
    /// </summary>
    internal string? OtherHead { private get; init; }

    /// <summary>
    /// Called with the name and value of each parameter before it is handed out; its result is handed out instead.
    /// </summary>
    internal Func<string, Parameter, Parameter> Adopt { private get; set; } = (_, parameter) => parameter;

    /// <summary>
    /// A tensor, of the same shape, that is handed out in the checkpoint's type instead of the one of this name; null
    /// for none.
    /// </summary>
    internal Func<string, Tensor?> Replacement { private get; set; } = _ => null;

    /// <summary>What the model's own dropout draws from; null where it has none, since it is not trained.</summary>
    internal Generator? Random { get; set; }

    /// <summary>The tensors of the checkpoint that were not requested.</summary>
    public IEnumerable<string> Unused => _folder.Names.Where(name => !_taken.Contains(name));

    /// <summary>
    /// Whether the checkpoint has this tensor, with or without the name of the model's body as a prefix.
    /// </summary>
    public bool Contains(string name) => Find(name) is not null;

    /// <summary>
    /// The parameter of this name. It is frozen (<see cref="TakeFrozen"/>) unless an adapter trains its module in full.
    /// </summary>
    public Parameter Take(string name, params long[] shape) => Adopted(name, TakeFrozen(name, shape));

    /// <summary>
    /// Like <see cref="Take"/>, but on the CPU the parameter stays mapped in the checkpoint's type. The caller converts
    /// it to <see cref="DType"/> on first use, so that opening a float16 checkpoint reads no large weights.
    /// </summary>
    internal Parameter TakeMapped(string name, params long[] shape) =>
        Adopted(name, Frozen(name, shape, isMapped: true));

    /// <summary>Whether <see cref="Adopt"/> has put this parameter in the place of the checkpoint's.</summary>
    internal bool IsAdopted(Parameter parameter) => _adopted.Contains(parameter);

    /// <summary>The type to which the caller converts a mapped parameter.</summary>
    internal ScalarType TypeInUse(Parameter parameter) =>
        KeepsStored || IsAdopted(parameter) ? parameter.dtype : DType;

    /// <summary>
    /// Like <see cref="Take"/>, but makes the parameter with <paramref name="fresh"/> if the checkpoint lacks it.
    /// </summary>
    public Parameter TakeOr(Func<Tensor> fresh, string name, params long[] shape) =>
        Fits(name, shape) ? Take(name, shape) : Adopted(name, new Parameter(Moved(fresh()), requires_grad: false));

    /// <summary>
    /// A frozen parameter of this name: a mapped view if the checkpoint has the requested type, otherwise a converted
    /// copy.
    /// </summary>
    /// <remarks>
    /// Checkpoints saved with a head have a leading <c>model.</c>, <c>transformer.</c>, <c>bert.</c> or another body's
    /// name, those saved from the bare model do not. Both are found, as <see cref="WeightFolder.Find"/> says.
    /// </remarks>
    public Parameter TakeFrozen(string name, params long[] shape) => Frozen(name, shape, isMapped: false);

    private Parameter Frozen(string name, long[] shape, bool isMapped)
    {
        if (Find(name) is not { } stored)
        {
            _missing.Add(name);
            var where = _folder.Indexed.TryGetValue(name, out var file)
                ? $" from '{file}', where the index has it" : "";
            return Missing($"'{name}' is missing{where}; expected shape [{string.Join(", ", shape)}]", shape);
        }

        _taken.Add(stored);
        if (!_folder.ShapeOf(stored).SequenceEqual(shape))
        {
            return Missing(
                $"'{stored}' has shape [{string.Join(", ", _folder.ShapeOf(stored))}]; config.json makes it "
                + $"[{string.Join(", ", shape)}]", shape);
        }

        if (_folder.TypeOf(stored) is not
            (ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64))
        {
            return Missing(
                $"'{stored}' is stored as {_folder.TypeOf(stored)}; expected floating-point numbers, "
                + "get the checkpoint that is not quantised", shape);
        }

        // Copied straight from the mapped file to the device and converted there.
        var tensor = Moved(Replacement(name)?.to(_folder.TypeOf(stored), copy: true) ?? _folder.Load(stored));
        if (KeepsStored || (isMapped && IsOnCpu) || tensor.dtype == DType)
        {
            return new Parameter(tensor, requires_grad: false);
        }

        using (tensor)
        {
            return new Parameter(tensor.to(DType), requires_grad: false);
        }
    }

    private Parameter Adopted(string name, Parameter stored)
    {
        var adopted = Adopt(name, stored);
        if (!ReferenceEquals(adopted, stored))
        {
            _adopted.Add(adopted);
        }

        return adopted;
    }

    private bool Fits(string name, long[] shape) => Find(name) is { } stored && (OtherHead is null
        || !name.StartsWith(OtherHead, StringComparison.Ordinal) || _folder.ShapeOf(stored).SequenceEqual(shape));

    private string? Find(string name) => _folder.Find(name)
        ?? (Tied is { } tied && tied.Embedding == name ? _folder.Find(tied.Head) : null);

    private bool IsOnCpu => Device.type == TorchSharp.DeviceType.CPU;

    private Tensor Moved(Tensor host) => IsOnCpu ? host : host.to(Device, disposeAfter: true);

    /// <summary>Throws if any requested tensor was missing or had another shape.</summary>
    /// <exception cref="InvalidDataException">
    /// Tensors were missing or did not fit; the message lists the first twelve.
    /// </exception>
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
            + $"belong together:{shown}{rest}{Hint()}");
    }

    /// <summary>What is there in place of what is missing.</summary>
    private string Hint() => _missing.Count == 0 ? ""
        : $"\n  {NameHint.OfModel(_folder.Names, [.. _taken, .. _missing])}";

    private Parameter Missing(string problem, long[] shape)
    {
        _problems.Add(problem);
        // Building goes on, to find all problems. A tensor on the meta device takes no memory.
        return new Parameter(empty(shape, DType, device: META), requires_grad: false);
    }
}
