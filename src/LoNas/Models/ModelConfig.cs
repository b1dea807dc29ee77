namespace LoNas.Models;

/// <summary>What is known of every model, whatever its family, from its config.json alone. Sizes in elements.</summary>
public sealed record ModelConfig
{
    /// <summary>The family's name in config.json, such as <c>bloom</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>Width of the residual stream, H.</summary>
    public required long HiddenSize { get; init; }

    /// <summary>Width of the MLP.</summary>
    public required long IntermediateSize { get; init; }

    /// <summary>Decoder or encoder layers.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Query heads.</summary>
    public required long HeadCount { get; init; }

    /// <summary>Width of one head, D.</summary>
    public required long HeadSize { get; init; }

    /// <summary>Tokens in the vocabulary.</summary>
    public required long VocabularySize { get; init; }

    /// <summary>
    /// Positions the model was trained for. Rotary and ALiBi models go on past it, learned positions end there.
    /// </summary>
    public required long MaxPositions { get; init; }

    /// <summary>Whether the language-model head shares the embedding's weights.</summary>
    public required bool TieWordEmbeddings { get; init; }

    /// <summary>
    /// Parameters outside the linear layers' weights and biases: embeddings and norms, a tied head once.
    /// </summary>
    public required long OtherParameters { get; init; }
}
