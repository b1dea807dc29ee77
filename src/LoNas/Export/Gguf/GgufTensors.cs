using LoNas.Export.Extraction;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Export.Gguf;

/// <summary>A tensor of a GGUF file, made just before it is written.</summary>
/// <param name="Name">The name, such as <c>blk.0.attn_q.weight</c>.</param>
/// <param name="Type">The type in which the elements are stored.</param>
/// <param name="Shape">The shape, rows first. The file lists the dimensions in reverse order.</param>
/// <param name="Make">Makes the tensor, in any floating-point type.</param>
internal sealed record GgufTensor(string Name, GgufType Type, long[] Shape, Func<Tensor> Make)
{
    /// <summary>
    /// The number of elements in a block of <see cref="GgufType.Q8_0"/>. A block never spans two rows.
    /// </summary>
    public const int BlockSize = 32;

    private const int BlockBytes = 34;

    /// <summary>The size in the file in bytes, without padding.</summary>
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

/// <summary>Makes the tensors of a masked model, with llama.cpp's names and in its form.</summary>
internal static class GgufTensors
{
    /// <summary>The tensors. Vectors, that is norms and biases, are always F32.</summary>
    /// <param name="model">The masked model. Its adapter is merged.</param>
    /// <param name="family">The model family.</param>
    /// <param name="type">
    /// The type of the matrices. With Q8_0, matrices whose rows are not a multiple of the block size are F16.
    /// </param>
    public static IReadOnlyList<GgufTensor> Of(MaskedModel model, GgufFamily family, GgufType type)
    {
        var tensors = GgufRope.Tensors(family).ToList();
        foreach (var pending in CutTensors.Base(model, ScalarType.Float32, merge: true, family.PadTo))
        {
            var own = pending.Shape.Length == 1 ? GgufType.F32
                : type == GgufType.Q8_0 && !GgufTensor.FitsBlocks(pending.Shape[^1]) ? GgufType.F16
                : type;
            var made = new GgufTensor(
                family.NameOfTensor(pending.Name), own, pending.Shape, () => Formed(family, pending));
            tensors.Add(made);
            if (family.RepeatsHead && pending.Name == $"{model.Folder.Family.EmbeddingPath}.weight")
            {
                tensors.Add(made with { Name = $"{family.NameOf(model.Folder.Family.HeadPath)}.weight" });
            }
        }

        return tensors;
    }

    private static Tensor Formed(GgufFamily family, PendingTensor pending)
    {
        using var made = pending.Make();
        return family.Form.Of(pending.Name[..pending.Name.LastIndexOf('.')], made);
    }
}
