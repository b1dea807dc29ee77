namespace LoNas.Formats.Nncf;

/// <summary>A group that every block of a model family has.</summary>
/// <param name="Kind">What its width counts.</param>
/// <param name="Module">The module in the block that holds the linears, such as <c>mlp</c>.</param>
/// <param name="Linears">The linears that are cut together.</param>
internal sealed record ElasticGroupTemplate(ElasticKind Kind, string Module, params IReadOnlyList<string> Linears);
