using LoNas.Data;
using LoNas.Errors;
using LoNas.Evaluation;
using LoNas.Training;

namespace LoNas.Search;

/// <summary>Judges the active sub-adapter of a language model by its loss on examples.</summary>
internal sealed class LossJudge : SubAdapterJudge
{
    private readonly ElasticModel _model;
    private readonly IReadOnlyList<TrainingExample> _examples;
    private readonly int _batchSize;

    /// <param name="model">The model.</param>
    /// <param name="examples">The validation records as tokens with labels.</param>
    /// <param name="batchSize">Records of a batch.</param>
    /// <exception cref="ArgumentException">No example has a label.</exception>
    public LossJudge(ElasticModel model, IReadOnlyList<TrainingExample> examples, int batchSize)
    {
        (_model, _examples, _batchSize) = (model, examples, batchSize);
        if (examples.Count > 0 && examples.All(example => !example.HasLabels))
        {
            throw new ArgumentException("no validation record has a label left; allow longer records")
                .About(Setting.InputLength);
        }
    }

    public override int Count => _examples.Count;

    /// <summary>Stands for the tokens and labels.</summary>
    internal override string Hash =>
        EvaluationIdentity.Hash(_examples.SelectMany(example => example.InputIds.Concat(example.Labels)));

    internal override double Objective(double cost, IReadOnlyList<double[]> rivals, CancellationToken cancel) =>
        ValidationLoss.Of(_model.Causal, _examples, _batchSize, cancel);
}
