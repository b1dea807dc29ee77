namespace LoNas.Search;

/// <summary>An evaluation as the CSV files show it.</summary>
/// <param name="SubAdapter">The sub-adapter as JSON on one line.</param>
/// <param name="Objectives">[2], in the units of the objectives, both minimised: for example millions of MACs, minus accuracy.</param>
public sealed record SearchRow(string SubAdapter, double[] Objectives);
