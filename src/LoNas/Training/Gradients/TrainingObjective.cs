using LoNas.Data;
using LoNas.Elastic;
using LoNas.Models;
using LoNas.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoNas.Training.Gradients;

/// <summary>What is learned: the loss of a model on examples, and its gradients.</summary>
public abstract class TrainingObjective
{
    /// <summary>All parameters of the model, base and adapter.</summary>
    public abstract IEnumerable<Parameter> Parameters { get; }

    /// <summary>Where it computes.</summary>
    public abstract Device Device { get; }

    /// <summary>The model.</summary>
    private protected abstract object Model { get; }

    /// <summary>Next-token cross-entropy of a language model.</summary>
    public static TrainingObjective Of(ICausalModel model) => new CausalObjective(model);

    /// <summary>
    /// Cross-entropy of a classifier; the mean squared error where it has a single score (Transformers' rule where
    /// config.json names no <c>problem_type</c>).
    /// </summary>
    public static TrainingObjective Of(ISequenceClassifier model) => new ClassifierObjective(model);

    /// <summary>
    /// Parameters outside of embeddings, for counts of operations; a tied head counts as the embedding.
    /// </summary>
    internal long WeightsOutsideEmbeddings
    {
        get
        {
            long embedded = Model is nn.Module module
                ? module.modules().OfType<TokenEmbedding>().Sum(layer => layer.parameters().Sum(each => each.numel()))
                : 0;
            return Parameters.Sum(each => each.numel()) - embedded;
        }
    }

    /// <summary>Adds the gradients of a share of a batch's loss; does not wait for the device.</summary>
    /// <returns>The loss times its share, a scalar of float64; null where nothing counts.</returns>
    internal abstract Tensor? Begin(TokenBatch batch, GradientShare share, SuperAdapter adapter);

    /// <summary>The loss of a batch and how many labels it averages; null where nothing counts.</summary>
    internal abstract (Tensor Loss, long Count)? Measure(TokenBatch batch);

    /// <summary>Whether the model drops something beside what its adapter drops.</summary>
    internal virtual bool HasDropout => false;

    /// <summary>Turns the model's own dropout on or off.</summary>
    internal virtual void SetMode(bool training)
    {
    }

    private sealed class CausalObjective(ICausalModel model) : TrainingObjective
    {
        public override IEnumerable<Parameter> Parameters => model.Parameters;

        public override Device Device => model.Device;

        private protected override object Model => model;

        internal override Tensor? Begin(TokenBatch batch, GradientShare share, SuperAdapter adapter) =>
            BlockwiseGradient.Begin(model, batch, share, adapter);

        internal override (Tensor Loss, long Count)? Measure(TokenBatch batch) =>
            CausalLoss.Compute(model, batch) is { } loss ? (loss, CausalLoss.CountLabels(batch)) : null;
    }
}
