namespace LoNas.Elastic;

/// <summary>A sub-adapter of a <c>pareto_front.json</c>.</summary>
/// <param name="Index">Its place in the file, from 0.</param>
/// <param name="SubAdapter">Its widths.</param>
/// <param name="Macs">Its multiply-accumulates for one sample.</param>
/// <param name="Accuracy">Its share of right answers; null where the search went by the loss.</param>
/// <param name="Loss">Its loss; null where the search went by the accuracy.</param>
public sealed record FrontEntry(int Index, SubAdapter SubAdapter, double Macs, double? Accuracy, double? Loss);
