namespace LoNas.Search;

/// <summary>An evaluation as the CSV files show it.</summary>
/// <param name="SubAdapter">The sub-adapter as JSON on one line.</param>
/// <param name="MillionMacs">Its MACs in millions.</param>
/// <param name="Accuracy">Its accuracy.</param>
public sealed record SearchRow(string SubAdapter, double MillionMacs, double Accuracy);
