namespace LoNas.Models.Families;

/// <summary>The linear layers of BERT for sequence classification.</summary>
internal static class LinearLayoutBert
{
    private const string Head = "classifier";

    /// <summary>The layout of a configuration.</summary>
    public static LinearLayout Of(BertConfig config) => new()
    {
        Config = config.Facts,
        Linears =
        [
            .. Enumerable.Range(0, config.LayerCount).SelectMany(index => Block(
                config.HiddenSize, config.AttentionSizeOf(index), config.IntermediateSizeOf(index),
                $"bert.encoder.layer.{index}")),
            new LinearSize("bert.pooler.dense", config.HiddenSize, config.HiddenSize, Bias: true),
            new LinearSize(Head, config.HiddenSize, config.LabelCount, Bias: true),
        ],
        TrainedHead = Head,
    };

    private static LinearSize[] Block(long hidden, long heads, long inner, string path) =>
    [
        new($"{path}.attention.self.query", hidden, heads, Bias: true),
        new($"{path}.attention.self.key", hidden, heads, Bias: true),
        new($"{path}.attention.self.value", hidden, heads, Bias: true),
        new($"{path}.attention.output.dense", heads, hidden, Bias: true),
        new($"{path}.intermediate.dense", hidden, inner, Bias: true),
        new($"{path}.output.dense", inner, hidden, Bias: true),
    ];
}
