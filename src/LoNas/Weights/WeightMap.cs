using LoNas.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>
/// Hands out a checkpoint's tensors by name and expected shape while a model is built. Mismatches are gathered, so that
/// one error names all of them; tensors nobody asked for are known at the end.
/// </summary>
public sealed class WeightMap
{
    private const int MostShown = 12;

    private readonly WeightFolder _folder;
    private readonly HashSet<string> _taken = [];
    private readonly List<string> _problems = [];

    /// <summary>
    /// Reads <paramref name="folder"/>; floating-point tensors are given in <paramref name="dtype"/> on
    /// <paramref name="device"/>, which is the CPU where it is null.
    /// </summary>
    public WeightMap(WeightFolder folder, ScalarType dtype, Device? device = null)
    {
        TorchRuntime.Require();
        _folder = folder;
        DType = dtype;
        Device = device ?? CPU;
    }

    /// <summary>Where tensors are handed out.</summary>
    public Device Device { get; }

    /// <summary>The element type in which tensors are handed out.</summary>
    public ScalarType DType { get; }

    /// <summary>Whether tensors are handed out as they are stored instead, each in its own type.</summary>
    internal bool KeepsStored { private get; init; }

    /// <summary>Is given every parameter before it is handed out; what it returns is handed out in its place.</summary>
    internal Func<string, Parameter, Parameter> Adopt { private get; set; } = (_, parameter) => parameter;

    /// <summary>Tensors of the checkpoint that were not asked for.</summary>
    public IEnumerable<string> Unused => _folder.Names.Where(name => !_taken.Contains(name));

    /// <summary>Whether the checkpoint holds this tensor, with or without the name of the model's body in front.</summary>
    public bool Contains(string name) => WeightNames.Find(name, _folder.Contains) is not null;

    /// <summary>
    /// The parameter of this name: as <see cref="TakeFrozen"/> gives it, unless an adapter trains its module in full.
    /// </summary>
    public Parameter Take(string name, params long[] shape) => Adopt(name, TakeFrozen(name, shape));

    /// <summary>
    /// The same, on the CPU mapped in the type that the checkpoint has: who takes it converts it to <see cref="DType"/> when
    /// it is first used, so that opening a float16 checkpoint reads no large weight.
    /// </summary>
    internal Parameter TakeMapped(string name, params long[] shape) => Adopt(name, Frozen(name, shape, isMapped: true));

    /// <summary>The type in which a mapped parameter is to be used.</summary>
    internal ScalarType TypeInUse(Parameter parameter) =>
        KeepsStored || parameter.requires_grad ? parameter.dtype : DType;

    /// <summary>As <see cref="Take"/>, with <paramref name="fresh"/> in place of what the checkpoint lacks.</summary>
    public Parameter TakeOr(Func<Tensor> fresh, string name, params long[] shape) =>
        Contains(name) ? Take(name, shape) : Adopt(name, new Parameter(Moved(fresh()), requires_grad: false));

    /// <summary>A frozen parameter of this name; mapped where the checkpoint has the wanted type, else a converted copy.</summary>
    /// <remarks>A checkpoint saved from the bare model lacks the leading <c>model.</c>, <c>transformer.</c> or
    /// <c>bert.</c>, and one saved with a head has it: either is found.</remarks>
    public Parameter TakeFrozen(string name, params long[] shape) => Frozen(name, shape, isMapped: false);

    private Parameter Frozen(string name, long[] shape, bool isMapped)
    {
        if (WeightNames.Find(name, _folder.Contains) is not { } stored)
        {
            return Missing($"'{name}' is missing; expected shape [{string.Join(", ", shape)}]", shape);
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
                $"'{stored}' is stored as {_folder.TypeOf(stored)}; expected floating-point numbers, get the checkpoint that "
                + "is not quantised", shape);
        }

        // From the mapped file straight to the device, and converted there.
        var tensor = Moved(_folder.Load(stored));
        if (KeepsStored || (isMapped && IsOnCpu) || tensor.dtype == DType)
        {
            return new Parameter(tensor, requires_grad: false);
        }

        using (tensor)
        {
            return new Parameter(tensor.to(DType), requires_grad: false);
        }
    }

    private bool IsOnCpu => Device.type == TorchSharp.DeviceType.CPU;

    private Tensor Moved(Tensor host) => IsOnCpu ? host : host.to(Device, disposeAfter: true);

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

    private Parameter Missing(string problem, long[] shape)
    {
        _problems.Add(problem);
        // Building goes on to find every problem; the meta device takes no memory.
        return new Parameter(empty(shape, DType, device: META), requires_grad: false);
    }
}
