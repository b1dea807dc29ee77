using LoNas.Data;
using LoNas.Evaluation;
using LoNas.Search;

namespace LoNas;

/// <summary>Search from the front door.</summary>
public static class SearchExtensions
{
    /// <summary>Searches the model's sub-adapters for those that are small and good.</summary>
    /// <param name="model">The model with a trained adapter and a search space.</param>
    /// <param name="validation">The records that sub-adapters are judged by; best none that were trained on.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="suite">How the records are asked and judged; null is <see cref="TaskSuite.Math"/>.</param>
    /// <param name="folder">
    /// Takes the results, and the journal with which a search that was stopped goes on; null keeps both in memory.
    /// </param>
    /// <param name="report">Called with every evaluation, on this thread.</param>
    /// <param name="cancel">Stops within an evaluation.</param>
    /// <exception cref="ArgumentException">Nothing can be cut, or a record can't be judged.</exception>
    public static SearchOutcome Search(
        this ElasticModel model,
        IReadOnlyList<InstructionRecord> validation,
        SubAdapterSearchOptions options,
        TaskSuite? suite = null,
        string? folder = null,
        Action<SearchProgress>? report = null,
        CancellationToken cancel = default) =>
        new SubAdapterSearch(model, validation, suite ?? TaskSuite.Math, options, folder).Execute(report, cancel);
}
