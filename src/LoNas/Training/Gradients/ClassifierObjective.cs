using LoNas.Data;
using LoNas.Elastic;
using LoNas.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Training.Gradients;

/// <summary>The loss of a classifier. Logits are cast to float32.</summary>
internal sealed class ClassifierObjective(ISequenceClassifier model) : TrainingObjective
{
    public override IEnumerable<Parameter> Parameters => model.Parameters;

    public override Device Device => CPU;

    private protected override object Model => model;

    internal override Tensor? Begin(TokenBatch batch, GradientShare share, SuperAdapter adapter)
    {
        using var scope = NewDisposeScope();
        var (loss, _) = Measure(batch)!.Value;
        using Scalar factor = share.Share * share.Scale;
        loss.mul(factor).backward();
        using Scalar part = share.Share;
        return loss.detach().to(ScalarType.Float64).mul(part).MoveToOuterDisposeScope();
    }

    internal override (Tensor Loss, long Count)? Measure(TokenBatch batch)
    {
        using var scope = NewDisposeScope();
        var logits = model.Classify(batch).to(ScalarType.Float32); // [B, labels]
        var loss = model.LabelCount == 1
            ? nn.functional.mse_loss(logits.squeeze(1), tensor(batch.Targets, ScalarType.Float32))
            : nn.functional.cross_entropy(logits, tensor(batch.Targets, ScalarType.Float64).to(ScalarType.Int64));
        return (loss.MoveToOuterDisposeScope(), batch.Rows);
    }

    internal override void SetMode(bool training)
    {
        if (model is nn.Module module)
        {
            module.train(training);
        }
    }
}

/// <summary>A classifier's scores for batches.</summary>
public static class ClassifierPass
{
    /// <summary>The scores of a batch's rows, [B, labels].</summary>
    public static Tensor Classify(this ISequenceClassifier model, TokenBatch batch)
    {
        using var scope = NewDisposeScope();
        var ids = tensor(batch.InputIds).view(batch.Rows, batch.Columns);
        var types = tensor(batch.TokenTypeIds).view(batch.Rows, batch.Columns);
        var lengths = tensor(Array.ConvertAll(batch.Lengths, length => (long)length)).unsqueeze(1);
        var mask = batch.TokenCount == batch.InputIds.Length ? null : arange(batch.Columns).unsqueeze(0).less(lengths);
        return model.Classify(ids, mask, types).MoveToOuterDisposeScope();
    }
}
