using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Export.Gguf;

/// <summary>A tensor of a GGUF file, made when its turn to be written comes.</summary>
/// <param name="Name">Its name, such as <c>blk.0.attn_q.weight</c>.</param>
/// <param name="Type">How its elements are stored.</param>
/// <param name="Shape">Its shape, rows first; the file lists it the other way round.</param>
/// <param name="Make">Makes it in any floating-point type.</param>
internal sealed record GgufTensor(string Name, GgufType Type, long[] Shape, Func<Tensor> Make)
{
    /// <summary>Elements of a block of <see cref="GgufType.Q8_0"/>, which never reaches over a row's end.</summary>
    public const int BlockSize = 32;

    private const int BlockBytes = 34;

    /// <summary>Its size in the file, without padding.</summary>
    public long Bytes => TensorShape.Count(Shape) is var count && Type == GgufType.Q8_0
        ? count / BlockSize * BlockBytes
        : count * (Type == GgufType.F32 ? 4 : 2);

    /// <summary>Whether rows of this length can be stored in blocks.</summary>
    public static bool FitsBlocks(long rowLength) => rowLength % BlockSize == 0;

    /// <summary>Writes the elements.</summary>
    public void Write(Stream stream)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var made = Make();
        switch (Type)
        {
            case GgufType.Q8_0:
                Q8Blocks.Write(stream, made);
                break;
            default:
                TensorBytes.Write(stream, made.to(ScalarTypeOf(Type)));
                break;
        }
    }

    public static ScalarType ScalarTypeOf(GgufType type) => type switch
    {
        GgufType.F16 => ScalarType.Float16,
        GgufType.BF16 => ScalarType.BFloat16,
        _ => ScalarType.Float32,
    };
}
