using LoNas.Elastic;
using LoNas.Models;
using LoNas.Tests.Support;
using LoNas.Weights;
using static TorchSharp.torch;

namespace LoNas.Tests.Models;

/// <summary>Large weights of another type than the model's stay as they are stored until they are used.</summary>
public sealed class ConvertedWeightTests
{
    [Fact]
    public void HiddenStates_Float16CheckpointInBfloat16_EqualsOneConvertedAtOnce()
    {
        using var scope = NewDisposeScope();
        using var copy = new FolderCopy("llama-tiny-f16");
        var path = Path.Combine(copy.Path, "model.safetensors");
        using (var file = SafetensorsFile.Open(path))
        {
            SafetensorsWriter.Save(
                path, [.. file.Names.Select(name => (name, file.Load(name).to(ScalarType.BFloat16)))]);
        }

        var (lazy, _) = TinyModels.LoadCausal("llama-tiny-f16", dtype: ScalarType.BFloat16);
        using var adapter = new SuperAdapter(null, new LoNas.Runtime.SeededRandom(1));
        using var eager = LoNas.Models.ModelFolder.Open(copy.Path).Build(ScalarType.BFloat16, adapter.Linears);
        var ids = TinyFamilies.Ids();

        Assert.Equal(
            eager.Logits(eager.HiddenStates(ids)).bytes.ToArray(), lazy.Logits(lazy.HiddenStates(ids)).bytes.ToArray());
    }

    [Fact]
    public void Forward_OfAnotherType_ConvertsOnceAndKeepsTheParameter()
    {
        using var scope = NewDisposeScope();
        var (model, adapter) = TinyModels.LoadCausal("llama-tiny-f16", dtype: ScalarType.BFloat16);
        var types = model.Parameters.Select(parameter => parameter.dtype).ToArray();
        Assert.Contains(ScalarType.Float16, types);
        long parameters = model.Parameters.Sum(parameter => parameter.numel());

        using (no_grad())
        {
            model.Logits(model.HiddenStates(TinyFamilies.Ids())).Dispose();
        }

        var layer = adapter.Layers["model.layers.1.mlp.down_proj"];
        Assert.Equal(ScalarType.BFloat16, layer.Weight.dtype);
        Assert.Equal(layer.Weight.Handle, layer.Weight.Handle);
        Assert.Equal(layer.Weight.Handle, ((nn.Module)layer).get_parameter("weight")!.Handle);
        Assert.Equal(parameters, model.Parameters.Sum(parameter => parameter.numel()));
    }

    [Fact]
    public void Logits_TiedHeadOfAnotherType_AreComputed()
    {
        using var scope = NewDisposeScope();
        var ids = TinyFamilies.Ids();
        var (wide, _) = TinyModels.LoadCausal("llama-gqa-tiny");
        var (narrow, _) = TinyModels.LoadCausal("llama-gqa-tiny", dtype: ScalarType.BFloat16);

        var logits = narrow.Logits(narrow.HiddenStates(ids));

        Assert.Equal(ScalarType.BFloat16, logits.dtype);
        Close.Absolute(wide.Logits(wide.HiddenStates(ids)), logits, 3e-1);
    }
}
