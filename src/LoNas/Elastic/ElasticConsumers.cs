namespace LoNas.Elastic;

/// <summary>Who follows when a linear's output is cut: one row per kind of block, so a new model family is a row.</summary>
internal static class ElasticConsumers
{
    /// <summary>The rows: LLaMA's gated MLP, BLOOM's MLP, BERT's attention and MLP.</summary>
    public static IReadOnlyList<ElasticConsumer> Rows { get; } =
    [
        new(["gate_proj", "up_proj"], "down_proj"),
        new(["dense_h_to_4h"], "dense_4h_to_h"),
        new(["self.query", "self.key", "self.value"], "output.dense", CutsHeads: true),
        new(["intermediate.dense"], "output.dense"),
    ];

    /// <summary>The row of a linear and the path of the module that holds the row's names, or null.</summary>
    public static (ElasticConsumer Row, string Parent)? Find(string modulePath)
    {
        foreach (var row in Rows)
        {
            foreach (var producer in row.Producers)
            {
                if (modulePath.EndsWith($".{producer}", StringComparison.Ordinal))
                {
                    return (row, modulePath[..^(producer.Length + 1)]);
                }
            }
        }

        return null;
    }
}
