using LoNas.Elastic;
using LoNas.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Tests.Support;

/// <summary>
/// Builds a model a second time from plain linear layers. Their weights are copies of the parts that a sub-adapter
/// keeps, with the adapter merged. Elastic layers must compute the same without a copy.
/// </summary>
internal static class CutModel
{
    public static LinearFactory Linears(SuperAdapter adapter, SubAdapter subAdapter)
    {
        var shapes = adapter.Space!.ActiveShapes(subAdapter);
        return path => Cut(adapter.Layers[path], shapes[path], adapter.Options!.Scaling);
    }

    private static Linear Cut(ElasticLinear layer, LinearShape shape, double scaling)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var weight = layer.Weight.slice(0, 0, shape.Out, 1).slice(1, 0, shape.In, 1).clone();
        if (shape.Rank > 0)
        {
            var a = layer.LoraA!.slice(0, 0, shape.Rank, 1).slice(1, 0, shape.In, 1);
            var b = layer.LoraB!.slice(0, 0, shape.Out, 1).slice(1, 0, shape.Rank, 1);
            weight += scaling * b.matmul(a);
        }

        var linear = nn.Linear(shape.In, shape.Out, hasBias: layer.Bias is not null);
        linear.weight!.copy_(weight);
        linear.bias?.copy_(layer.Bias!.slice(0, 0, shape.Out, 1));
        foreach (var parameter in linear.parameters())
        {
            parameter.MoveToOuterDisposeScope();
        }

        return linear;
    }
}
