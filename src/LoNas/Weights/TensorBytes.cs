using static TorchSharp.torch;

namespace LoNas.Weights;

/// <summary>Writes a tensor's elements one after another, whatever its size and strides.</summary>
internal static class TensorBytes
{
    /// <summary>Elements of one piece: a span can't reach over 2 GiB, and a strided piece is copied.</summary>
    private const long Piece = 1 << 26;

    public static void Write(Stream stream, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        // A view's bytes are its storage's: only a contiguous tensor's are its own.
        var whole = tensor.detach().cpu().contiguous();
        if (whole.numel() <= Piece)
        {
            stream.Write(whole.bytes);
            return;
        }

        var flat = whole.flatten();
        for (long start = 0; start < flat.numel(); start += Piece)
        {
            using var piece = flat.narrow(0, start, Math.Min(Piece, flat.numel() - start));
            using var own = piece.clone();
            stream.Write(own.bytes);
        }
    }

    /// <summary>Fills a contiguous tensor with what <see cref="Write"/> wrote of one of its shape and type.</summary>
    /// <exception cref="EndOfStreamException">The stream ends before that.</exception>
    public static void Read(Stream stream, Tensor tensor)
    {
        using var frozen = no_grad();
        using var flat = tensor.view(-1);
        for (long start = 0; start < flat.numel(); start += Piece)
        {
            using var piece = flat.narrow(0, start, Math.Min(Piece, flat.numel() - start));
            using var read = empty(piece.shape, tensor.dtype);
            stream.ReadExactly(read.bytes);
            piece.copy_(read);
        }
    }
}
