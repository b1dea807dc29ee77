using LoNas.Data;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Training.Gradients;

/// <summary>The loss of a classifier. Logits are cast to float32.</summary>
internal sealed class ClassifierObjective(ISequenceClassifier model) : TrainingObjective
{
    public override IEnumerable<Parameter> Parameters => model.Parameters;

    public override Device Device => model.Device;

    private protected override object Model => model;

    internal override bool HasDropout => true;

    internal override Tensor? Begin(TokenBatch batch, GradientShare share, SuperAdapter adapter)
    {
        using var scope = NewDisposeScope();
        var loss = Loss(batch, share.Packing);
        using Scalar factor = share.Share * share.Scale;
        loss.mul(factor).backward();
        using Scalar part = share.Share;
        return loss.detach().to(ScalarType.Float64).mul(part).MoveToOuterDisposeScope();
    }

    internal override (Tensor Loss, long Count)? Measure(TokenBatch batch) => (Loss(batch, packing: false), batch.Rows);

    /// <summary>The mean loss of a batch; packed, pads are left out of all layers but attention.</summary>
    internal Tensor Loss(TokenBatch batch, bool packing)
    {
        using var scope = NewDisposeScope();
        var logits = model.Classify(batch, packing).to(ScalarType.Float32); // [B, labels]
        var loss = model.LabelCount == 1
            ? nn.functional.mse_loss(logits.squeeze(1), Targets(batch, ScalarType.Float32))
            : nn.functional.cross_entropy(logits, Targets(batch, ScalarType.Int64));
        return loss.MoveToOuterDisposeScope();
    }

    internal override void SetMode(bool training)
    {
        if (model is nn.Module module)
        {
            module.train(training);
        }
    }

    private Tensor Targets(TokenBatch batch, ScalarType type) =>
        DeviceTensors.Sent(tensor(batch.Targets, type), model.Device);
}
