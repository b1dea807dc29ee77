using LoNas.Elastic;
using LoNas.Export.Extraction;
using LoNas.Storage;
using static TorchSharp.torch;

namespace LoNas.Export.Gguf;

/// <summary>Writes a sub-adapter as a GGUF file that llama.cpp applies to the GGUF file of the base.</summary>
public static class GgufLoraExport
{
    /// <summary>Writes the file.</summary>
    /// <param name="model">The opened model.</param>
    /// <param name="subAdapter">
    /// The sub-adapter, which must not cut the widths of the base; null for the maximal one.
    /// </param>
    /// <param name="path">The file. An existing file is replaced only when the new one is complete.</param>
    /// <param name="type">F32, F16 or BF16; null for F32, the type in which adapters are trained.</param>
    /// <param name="cancel">Stops between two tensors; an existing file stays.</param>
    /// <param name="replace">Whether a file that is there, also since a moment ago, may be replaced.</param>
    /// <exception cref="ArgumentException">The path is a folder.</exception>
    /// <exception cref="InvalidDataException">The sub-adapter or the model can't be written in this form.</exception>
    public static GgufReport Save(
        ElasticModel model,
        SubAdapter? subAdapter,
        string path,
        GgufType? type = null,
        CancellationToken cancel = default,
        bool replace = true)
    {
        GgufExport.RequireNoFolder(path);
        using var scope = NewDisposeScope();
        using var masked = MaskedModel.Of(model, subAdapter);
        CutAdapter.RequireWholeBase(masked, "a GGUF adapter");
        var family = GgufFamily.Of(masked);
        // An adapter that is turned off, alpha being 0, has its zeros in B instead.
        double alpha = masked.Adapter.Options!.Alpha is var trained and not 0 ? trained : 1;
        var metadata = new GgufMetadata()
            .Add("general.architecture", family.Architecture)
            .Add("general.type", "adapter")
            .Add("general.name", Path.GetFileNameWithoutExtension(path))
            .Add("adapter.type", "lora")
            .Add("adapter.lora.alpha", alpha);
        var tensors = CutAdapter.Tensors(masked, forCheckpoint: true)
            .Select(entry => Tensor(masked, family, entry, alpha, type ?? GgufType.F32)).ToArray();
        AtomicFile.Place(path, temporary => GgufWriter.Save(temporary, metadata, tensors, null, cancel), replace);
        return new GgufReport(family.Architecture, new FileInfo(path).Length, Check: null, [])
        {
            Notices = family.Notices,
        };
    }

    private static GgufTensor Tensor(
        MaskedModel model, GgufFamily family, (string Name, Tensor Tensor) entry, double alpha, GgufType type)
    {
        int dot = entry.Name.IndexOf(".lora_", StringComparison.Ordinal);
        if (dot < 0 || !model.Adapter.Layers.ContainsKey(entry.Name[..dot]))
        {
            throw new InvalidDataException(
                $"The adapter has '{entry.Name}', trained in full or of no linear layer, which a GGUF adapter has no "
                + "place for; export the merged model instead");
        }

        var path = entry.Name[..dot];
        bool isA = entry.Name[(dot + 1)..].StartsWith("lora_A", StringComparison.Ordinal);
        var tensor = entry.Tensor;
        if (!isA)
        {
            // llama.cpp scales by alpha / (rank in the file). B is multiplied to make up for a rank that was cut.
            double rank = tensor.shape[1];
            double factor = model.Adapter.Layers[path].Scaling * rank / alpha;
            using TorchSharp.Scalar held = factor;
            tensor = factor == 1 ? tensor : tensor * held;
            tensor = family.Form.Of(path, tensor);
        }

        var made = Padded(model, family, path, tensor, isA);
        return new GgufTensor(
            $"{family.NameOf(path)}.weight.{(isA ? "lora_a" : "lora_b")}", type, made.shape, () => made.alias());
    }

    /// <summary>Where the base's MLPs are padded, so are the adapters on them.</summary>
    private static Tensor Padded(MaskedModel model, GgufFamily family, string path, Tensor tensor, bool isA)
    {
        if (family.PadTo is not { } width)
        {
            return tensor;
        }

        var shape = CutWidths.Of(model).Padded(path, model.Shapes[path], width);
        return isA
            ? LinearCut.Padded(tensor, [tensor.shape[0], shape.In], parts: 1)
            : LinearCut.Padded(tensor, [shape.Out, tensor.shape[1]], shape.Parts);
    }
}
