using System.Text.Json.Nodes;
using LoNas.Text;

namespace LoNas.Cli.Evaluate;

/// <summary>How good a classifier is on some texts.</summary>
/// <param name="Values">The task's metrics and the loss, in the order in which they are told.</param>
/// <param name="Count">How many texts.</param>
/// <param name="Seconds">How long that took.</param>
internal sealed record GlueFigures(IReadOnlyList<KeyValuePair<string, double>> Values, int Count, double Seconds)
{
    /// <summary>All of them by name; null for what is no number, which Python writes as NaN.</summary>
    public IEnumerable<KeyValuePair<string, JsonNode?>> Json() =>
    [
        .. Values.Select(figure => KeyValuePair.Create(
            figure.Key, double.IsFinite(figure.Value) ? (JsonNode?)figure.Value : null)),
        new("samples", Count),
        new("runtime", PythonNumber.Round(Seconds, 4)),
        new("samples_per_second", PythonNumber.Round(Count / Seconds, 3)),
    ];

    /// <summary>Those of people.</summary>
    public IEnumerable<string> Row() =>
        Values.Select(figure => FormattableString.Invariant($"{figure.Value:0.0000}"));
}
